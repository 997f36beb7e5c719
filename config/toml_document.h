// A TOML document as plain nodes in source order, every key and value with its place. toml++ is
// behind the .cpp of this header and nowhere else. Values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "config/source_text.h"
#include "policy/facts.h"

namespace relaypermit {

struct Node;

// A key of a table and its value. (A template, so that Node can hold some before it is complete.)
template <typename Value>
struct EntryOf {
    std::string key{};
    Position position{};  // of the key
    Value value{};
};
using Entry = EntryOf<Node>;

// A date or a date with a time, as TOML has them.
struct When {
    TimePoint at{};      // without a zone: as if it were UTC
    bool has_time{};     // false: 2027-01-31, and `at` is its first second
    bool has_offset{};   // false with has_time: a local time, which names no moment
    std::string text{};  // as written
};

struct Node {
    enum class Kind : std::uint8_t { string, integer, real, boolean, when, time, array, table };

    Kind kind{Kind::table};
    // table: made by a [header]; array: made by [[headers]].
    bool by_header{};
    Position position{};
    std::variant<std::monostate, std::string, std::int64_t, bool, When, std::vector<Node>,
                 std::vector<Entry>>
        value;  // no {}: clang 14 would need Entry complete here

    // Each of these may be called on its own kind only.
    [[nodiscard]] const std::string& text() const { return std::get<std::string>(value); }
    [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(value); }
    [[nodiscard]] bool boolean() const { return std::get<bool>(value); }
    [[nodiscard]] const When& when() const { return std::get<When>(value); }
    [[nodiscard]] const std::vector<Node>& items() const {
        return std::get<std::vector<Node>>(value);
    }
    [[nodiscard]] std::vector<Node>& items() { return std::get<std::vector<Node>>(value); }
    // The items of a list that are of a kind; the others were complained of already.
    [[nodiscard]] std::vector<std::reference_wrapper<const Node>> items_of(Kind kind) const;
    // In source order.
    [[nodiscard]] const std::vector<Entry>& entries() const {
        return std::get<std::vector<Entry>>(value);
    }
    [[nodiscard]] std::vector<Entry>& entries() { return std::get<std::vector<Entry>>(value); }

    // The value of a table's key, or null.
    [[nodiscard]] const Node* find(std::string_view key) const;
    // True for an array of which every item is a table, and that has one.
    [[nodiscard]] bool is_array_of_tables() const;
};

// "a string", "a list", ...: for "must be X, not Y".
[[nodiscard]] std::string_view describe(const Node& node);

struct SyntaxFault {
    Position position{};
    std::string why{};
    std::string help{};
    bool redefinition{};  // a key or table that stands earlier in the text
    bool endless{};       // a list, table or string that is not closed
    bool other_kind{};    // and earlier as a list of tables where this is a table, or the like
};

// The root table of a text without unusable bytes, or the first place at which it is not TOML.
// `file` stands in the positions.
[[nodiscard]] tl::expected<Node, SyntaxFault> parse_toml(const SourceText& source,
                                                         std::uint32_t file);

// The version that became a part of the program, for --version.
[[nodiscard]] std::string tomlplusplus_version();

}  // namespace relaypermit

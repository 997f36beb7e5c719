// What every section of a policy file is read with: a table of rows {key, type, check}, one place
// where mistakes are collected, and places inside of strings. Used while one policy is loaded, by
// one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/diagnostic.h"
#include "config/source_text.h"
#include "config/toml_document.h"

namespace relaypermit {

// What the value of a key must be.
enum class ValueType : std::uint8_t {
    string,
    boolean,
    integer,
    strings,   // a list of strings
    integers,  // a list of integers
    when,      // a date, or an offset date-time
    tables,    // a list of tables
};
// "a string", "a list of strings", ...
[[nodiscard]] std::string_view describe(ValueType type);

// What may stand under a key, without the step that takes it.
struct KeyInfo {
    std::string_view key{};
    ValueType type{};
    // The default, as TOML; empty where there is none that a file could say.
    std::string_view fallback{};
    // Of an integer, or of each in a list.
    std::int64_t least{std::numeric_limits<std::int64_t>::min()};
    std::int64_t most{std::numeric_limits<std::int64_t>::max()};
};

// "in [log] or in [[test]]": the tables that have the key; empty where none has.
[[nodiscard]] std::string tables_with(std::string_view key);

class Reader {
  public:
    explicit Reader(const std::vector<SourceText>& sources) : sources_(sources) {}

    void error(const Position& at, std::string_view text, std::string_view help = {});
    // The place is byte `offset` of the string's value.
    void error_inside(const Node& string, std::size_t offset, std::string_view text,
                      std::string_view help = {});
    [[nodiscard]] Place place(const Position& position) const;

    // Something of the text was not read: names that seem to be unknown, and keys that seem to be
    // missing, may stand there and are no mistakes.
    void set_incomplete() { incomplete_ = true; }
    [[nodiscard]] bool incomplete() const { return incomplete_; }

    // The table that is being read, for messages: "in [[alias]]", "at the top of the file".
    void enter(std::string_view table) {
        where_ = table;
        mistyped_.clear();
    }
    [[nodiscard]] const std::string& where() const { return where_; }

    // The item's string, checked: is it one of `allowed`? Says so where not.
    [[nodiscard]] std::optional<std::size_t> choice(const Node& string, std::string_view what,
                                                    std::span<const std::string_view> allowed);

    void unknown_key(const Entry& entry, const std::vector<std::string_view>& known);
    // Whether an unknown key of the table that is being read was probably meant to be `key`.
    [[nodiscard]] bool was_mistyped(std::string_view key) const;
    // Whether the value is what the key wants; says so where not. Of a list in which some items
    // are not, the others can still be taken (Node::items_of).
    [[nodiscard]] bool fits(const Node& value, const KeyInfo& info);
    // The same for a key of which the value is a table ([name]) or a list of tables ([[name]]).
    [[nodiscard]] bool is_table(const Entry& entry, std::string_view header);
    [[nodiscard]] bool is_table_list(const Entry& entry, std::string_view header);

    [[nodiscard]] bool sound() const { return errors_.empty(); }
    [[nodiscard]] std::vector<Diagnostic> take_errors() { return std::move(errors_); }

  private:
    const std::vector<SourceText>& sources_;
    std::vector<Diagnostic> errors_{};
    std::string where_{};
    std::vector<std::string> mistyped_{};  // keys that unknown ones were probably meant to be
    bool incomplete_{};
};

// One key of a table that is read into a Target, and the step that checks and takes its value
// (which is already of the right type and in range).
template <class Target>
struct Row {
    KeyInfo info{};
    void (*take)(Reader& reader, const Node& value, Target& target){};
};

// Reads a table by its rows; everything else in it is an unknown key. `where` is "in [[alias]]".
template <class Target>
void read_table(Reader& reader, const Node& table, std::string_view where,
                std::type_identity_t<std::span<const Row<Target>>> rows, Target& target) {
    reader.enter(where);
    for (const Entry& entry : table.entries()) {
        const Row<Target>* found = nullptr;
        for (const Row<Target>& row : rows)
            if (row.info.key == entry.key) found = &row;
        if (found == nullptr) {
            std::vector<std::string_view> known;
            for (const Row<Target>& row : rows) known.push_back(row.info.key);
            reader.unknown_key(entry, known);
        } else if (reader.fits(entry.value, found->info)) {
            found->take(reader, entry.value, target);
        }
    }
}

template <class Rows>
[[nodiscard]] std::vector<KeyInfo> infos_of(const Rows& rows) {
    std::vector<KeyInfo> infos;
    for (const auto& row : rows) infos.push_back(row.info);
    return infos;
}

}  // namespace relaypermit

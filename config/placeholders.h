// What a query of an alias table is asked with: the names that stand for parts of its key
// (TableKey of tables/alias_table.h), and texts that hold them. Values; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

enum class Placeholder : std::uint8_t { login, sender, user, domain };

inline constexpr std::array<std::string_view, 4> key_placeholder_names = {"login", "sender", "user",
                                                                          "domain"};

// What each stands for, in the order of key_placeholder_names.
using PlaceholderValues = std::array<std::string, key_placeholder_names.size()>;

[[nodiscard]] std::optional<Placeholder> placeholder_named(std::string_view name);

[[nodiscard]] inline const std::string& value_of(Placeholder placeholder,
                                                 const PlaceholderValues& values) {
    return values[static_cast<std::size_t>(placeholder)];
}

// Whether an answer depends on the sender, though the table is asked by login.
[[nodiscard]] inline bool holds_sender(const std::vector<Placeholder>& placeholders) {
    return std::find(placeholders.begin(), placeholders.end(), Placeholder::sender) !=
           placeholders.end();
}

// Of which section a query is: one of [[domain_table]] is asked for a domain alone, and help is to
// speak of that.
enum class QueryOf : std::uint8_t { alias_table, domain_table };

// What is wrong with a query, at a byte of it.
struct QueryFault {
    std::size_t offset{};
    std::string why{};
    std::string help{};
};

// A text with {login} and the like in it; `{{` and `}}` stand for a brace.
struct PlaceholderText {
    struct Piece {
        std::string literal{};
        std::optional<Placeholder> behind{};  // the literal

        friend bool operator==(const Piece&, const Piece&) = default;
    };
    std::string written{};
    std::vector<Piece> pieces{};

    friend bool operator==(const PlaceholderText&, const PlaceholderText&) = default;
};

[[nodiscard]] tl::expected<PlaceholderText, QueryFault> parse_placeholder_text(
    std::string_view text, QueryOf of);

// What to write in place of an expansion of Postfix's that the text holds, %s, %u or %d; nullopt
// where it holds none. A placeholder stands between `before` and `behind`. In a map of domains the
// key is a domain, which is all that %s, %u and %d stand for (pgsql_table(5)).
[[nodiscard]] std::optional<std::string> expansion_help(std::string_view text,
                                                        std::string_view before,
                                                        std::string_view behind, QueryOf of);

// The placeholders of the text, as often as they stand in it.
[[nodiscard]] std::vector<Placeholder> placeholders_of(const PlaceholderText& text);

}  // namespace relaypermit

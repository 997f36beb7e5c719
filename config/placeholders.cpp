#include "config/placeholders.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/diagnostic.h"

namespace relaypermit {

std::optional<Placeholder> placeholder_named(std::string_view name) {
    const auto* const found =
        std::find(key_placeholder_names.begin(), key_placeholder_names.end(), name);
    if (found == key_placeholder_names.end()) return std::nullopt;
    return static_cast<Placeholder>(found - key_placeholder_names.begin());
}

tl::expected<PlaceholderText, QueryFault> parse_placeholder_text(std::string_view text,
                                                                 QueryOf of) {
    PlaceholderText read{std::string(text), {}};
    std::string literal;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '{' && c != '}') {
            literal += c;
        } else if (at + 1 < text.size() && text[at + 1] == c) {
            literal += c;
            ++at;
        } else if (const auto end = text.find('}', at); c == '{' && end != std::string_view::npos) {
            const std::string_view name = text.substr(at + 1, end - at - 1);
            const auto placeholder = placeholder_named(name);
            if (!placeholder)
                return tl::make_unexpected(QueryFault{
                    at, "unknown placeholder " + in_backticks(text.substr(at, end - at + 1)),
                    std::string(of == QueryOf::domain_table
                                    ? "{domain} is the one that a domain table has"
                                    : "{login}, {user}, {domain} and {sender} are known") +
                        "; {{ stands for a brace"});
            read.pieces.push_back({std::move(literal), placeholder});
            literal.clear();
            at = end;
        } else {
            return tl::make_unexpected(QueryFault{at, "a brace that belongs to no placeholder",
                                                  "write {{ or }} for the brace itself"});
        }
    }
    if (!literal.empty()) read.pieces.push_back({std::move(literal), std::nullopt});
    return read;
}

std::optional<std::string> expansion_help(std::string_view text, std::string_view before,
                                          std::string_view behind, QueryOf of) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> expansions = {
        {{"%s", "sender"}, {"%u", "user"}, {"%d", "domain"}}};
    for (const auto& [expansion, name] : expansions) {
        if (text.find(expansion) == std::string_view::npos) continue;
        const std::string_view ours = of == QueryOf::domain_table ? "domain" : name;
        std::string help =
            "what is " + in_backticks(expansion) + " in a map of Postfix is " +
            in_backticks(std::string(before) + std::string(ours) + std::string(behind));
        return help + (before == ":" ? " here, without quotes" : " here");
    }
    return std::nullopt;
}

std::vector<Placeholder> placeholders_of(const PlaceholderText& text) {
    std::vector<Placeholder> placeholders;
    for (const PlaceholderText::Piece& piece : text.pieces)
        if (piece.behind) placeholders.push_back(*piece.behind);
    return placeholders;
}

}  // namespace relaypermit

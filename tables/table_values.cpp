#include "tables/table_values.h"

#include <utility>

namespace relaypermit {

std::vector<std::string> split_value(std::string_view value) {
    std::vector<std::string> parts;
    std::string part;
    bool quoted = false;
    bool escaped = false;
    for (const char c : value) {
        if (!quoted && std::string_view(" \t\r\n,").find(c) != std::string_view::npos) {
            if (!part.empty()) parts.push_back(std::move(part));
            part.clear();
            continue;
        }
        part += c;
        if (escaped)
            escaped = false;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '\\')
            escaped = quoted;
    }
    if (!part.empty()) parts.push_back(std::move(part));
    return parts;
}

tl::expected<Pattern, std::string> pattern_of_value(const std::string& value, TableBy by,
                                                    const AddressRules& rules) {
    if (value.starts_with('/')) return tl::make_unexpected(std::string("a table holds no regexes"));
    const std::string text = value.starts_with('@') ? "*" + value : value;
    auto pattern = by == TableBy::login
                       ? Pattern::parse(text, PatternRole::sender)
                       : Pattern::parse(text, PatternRole::login, rules.default_realm,
                                        rules.login_forms, rules.server_name);
    if (!pattern) return tl::make_unexpected(std::move(pattern.error().why));
    return *std::move(pattern);
}

bool may_be_shown(std::string_view value) {
    return value.find('@') != std::string_view::npos;
}

bool means_no(std::string_view value) {
    const std::string lower = ascii_lower(value);
    return lower.empty() || lower == "0" || lower == "f" || lower == "false" || lower == "n" ||
           lower == "no";
}

}  // namespace relaypermit

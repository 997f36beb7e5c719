#include "config/hint_words.h"

#include <algorithm>

#include "policy/address.h"
#include "policy/atext.h"
#include "policy/domain.h"
#include "policy/login.h"

namespace relaypermit {

std::string verbatim(std::string_view text) {
    return "`" + std::string(text) + "`";
}

std::string did_you_mean_this(std::string_view text) {
    return "did you mean " + verbatim(text) + "?";
}

std::string in_toml_quotes(std::string_view text) {
    const bool literal = text.find_first_of("\\\"") != std::string_view::npos;
    const char quote = literal && text.find('\'') == std::string_view::npos ? '\'' : '"';
    std::string quoted(1, quote);
    for (const char c : text) {
        if (quote == '"' && (c == '"' || c == '\\')) quoted += '\\';
        quoted += c;
    }
    return quoted + quote;
}

std::string exact_regex(std::string_view text) {
    constexpr std::string_view special = ".+*?()|[]{}$";
    std::string regex = "/^";
    for (const char c : text)
        if (c == '\\' || c == '^')
            regex += {'\\', c};
        else if (special.find(c) != std::string_view::npos)
            regex += {'[', c, ']'};
        else
            regex += c;
    return regex + "$/";
}

std::string exact_pattern(std::string_view text, const HintFor& place) {
    if (place.role == PatternRole::login) {
        const auto login = canonical_login(text, Mta::postfix, place.default_realm);
        return login ? exact_regex(to_string(*login)) : std::string();
    }
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0) return {};
    const std::string_view local = text.substr(0, at);
    const auto domain = normalize_domain(text.substr(at + 1));
    if (!domain) return {};
    if (std::all_of(local.begin(), local.end(), is_atext_or_dot)) {
        const auto address = parse_address(text);
        return address ? exact_regex(to_string(*address)) : std::string();
    }
    if (local.find_first_of("\"\\'{}") != std::string_view::npos) return {};
    const std::string quoted = "\"" + std::string(local) + "\"@" + *domain;
    return parse_address(quoted) ? in_toml_quotes(quoted) : std::string();
}

}  // namespace relaypermit

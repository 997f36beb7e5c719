#include "config/foreign_wildcard.h"

#include <algorithm>
#include <vector>

#include "config/word_list.h"

namespace relaypermit {
namespace {

using Found = std::optional<PatternFault>;

std::string in_backticks(std::string_view text) {
    return "`" + std::string(text) + "`";
}

std::string did_you_mean_one(std::string_view pattern) {
    return "did you mean " + in_backticks(pattern) + "?";
}

struct Halves {
    std::string_view local;   // all of it where there is no @
    std::string_view domain;  // with its @
};

Halves halves_of(std::string_view text) {
    const std::size_t at = std::min(text.rfind('@'), text.size());
    return {text.substr(0, at), text.substr(at)};
}

// The pattern of ours that says the same; empty where only a regex does.
std::string as_pattern(std::string_view regex) {
    if (regex.starts_with('^')) regex.remove_prefix(1);
    if (regex.ends_with('$')) regex.remove_suffix(1);
    std::string text;
    for (std::size_t i = 0; i < regex.size(); ++i) {
        const std::string_view rest = regex.substr(i);
        if (rest.starts_with("\\.")) {
            text += regex[++i];
        } else if (rest.starts_with(".*") || rest.starts_with(".+")) {
            text += '*';
            ++i;
        } else if (std::string_view("[](){}|\\^$?/").find(regex[i]) != std::string_view::npos) {
            return {};
        } else {
            text += regex[i];
        }
    }
    const Halves halves = halves_of(text);
    const auto stars = std::count(text.begin(), text.end(), '*');
    const bool at_end = halves.local.starts_with('*') || halves.local.ends_with('*');
    if (halves.domain.size() < 2 || stars > 1 || (stars == 1 && !at_end)) return {};
    return text;
}

// The same between slashes, with dots of the domain that mean dots.
std::string as_regex(std::string_view text) {
    const Halves halves = halves_of(text);
    std::string regex = "/";
    if (!text.starts_with('^') && !halves.domain.empty()) regex += '^';
    regex += halves.local;
    for (std::size_t i = 0; i < halves.domain.size(); ++i) {
        if (halves.domain[i] == '.' && halves.domain[i - 1] != '\\') regex += '\\';
        regex += halves.domain[i];
    }
    if (!text.ends_with('$') && !halves.domain.empty()) regex += '$';
    return regex + "/";
}

// `anon.*@example.com` begins with a name and is a pattern of ours.
Found of_bare_regex(std::string_view text, const std::string& domain) {
    const std::string_view local = halves_of(text).local;
    const bool whole = local == ".*" || local == ".+";
    // A directory may have a login `Alice (Sales)`.
    const bool has_class = local.find_first_of("[]()") != std::string_view::npos &&
                           local.find(' ') == std::string_view::npos;
    if (!whole && !has_class && !text.starts_with('^') && !text.ends_with('$') &&
        text.find("\\.") == std::string_view::npos)
        return std::nullopt;
    std::string meant = as_pattern(text);
    if (meant.empty() && whole && text == local) meant = "*@" + domain;
    return PatternFault{
        0, "a regex stands between slashes",
        meant.empty() ? "write " + in_backticks(as_regex(text)) : did_you_mean_one(meant)};
}

// a|b@example.com, {a,b}@example.com
Found of_alternatives(std::string_view text) {
    const Halves halves = halves_of(text);
    const std::size_t open = halves.local.find('{');
    const std::size_t close = halves.local.find('}', std::min(open, halves.local.size()));
    std::vector<std::string> all;
    std::size_t place = text.find('|');
    if (place != std::string_view::npos) {
        for (std::size_t begin = 0; begin <= text.size();) {
            const std::size_t end = std::min(text.find('|', begin), text.size());
            const std::string_view one = text.substr(begin, end - begin);
            if (one.empty()) return std::nullopt;
            const bool whole = one.find('@') != std::string_view::npos;
            all.push_back(std::string(one) + (whole ? "" : std::string(halves.domain)));
            begin = end + 1;
        }
    } else if (close != std::string_view::npos) {
        const std::string_view inner = halves.local.substr(open + 1, close - open - 1);
        if (inner.find(',') == std::string_view::npos) return std::nullopt;
        place = open;
        for (const std::string& word : words_in(inner))
            all.push_back(std::string(halves.local.substr(0, open)) + word +
                          std::string(text.substr(close + 1)));
    }
    if (all.size() < 2) return std::nullopt;
    return PatternFault{place, "it is several in one string",
                        "write " + in_backticks(quoted_list(all))};
}

// `%` of SQL and `?` of shells, where they stand for what nobody's address has there.
Found of_sign(std::string_view text, char sign, std::string_view why) {
    const Halves halves = halves_of(text);
    if (text == std::string_view(&sign, 1))
        return PatternFault{0, std::string(why), "write `*` for everybody"};
    if (halves.domain.size() < 2 || halves.local.empty()) return std::nullopt;
    std::string local(halves.local);
    const bool at_end = local.back() == sign;
    if (!at_end && local.front() != sign) return std::nullopt;
    local[at_end ? local.size() - 1 : 0] = '*';
    if (local.find(sign) != std::string::npos || std::count(local.begin(), local.end(), '*') > 1)
        return std::nullopt;
    return PatternFault{at_end ? halves.local.size() - 1 : 0, std::string(why),
                        did_you_mean_one(local + std::string(halves.domain))};
}

// bob@example.*, bob@%, @*
Found of_domain(std::string_view text, const std::string& domain) {
    const Halves halves = halves_of(text);
    if (halves.domain.size() < 2) return std::nullopt;
    const std::string_view name = halves.domain.substr(1);
    const bool any = name == "*" || name == "%";
    if (any && (halves.local.empty() || halves.local == "*" || halves.local == "%"))
        return PatternFault{0, "any address of any domain is one star", "write `*`"};
    const bool open_end = name.ends_with(".*") || name.ends_with(".%");
    if (!any && !open_end) return std::nullopt;
    return PatternFault{
        halves.local.size() + 1, "a pattern names its domain",
        "one for each domain, as in " + in_backticks(std::string(halves.local) + "@" + domain)};
}

}  // namespace

std::optional<PatternFault> foreign_wildcard(std::string_view text, const std::string& domain) {
    if (!may_be_foreign_wildcard(text) || text.front() == '/' ||
        text.find('"') != std::string_view::npos)
        return std::nullopt;
    if (Found found = of_bare_regex(text, domain)) return found;
    if (Found found = of_alternatives(text)) return found;
    if (Found found = of_domain(text, domain)) return found;
    // (The login of another form, user%domain, has no @.)
    if (Found found = of_sign(text, '%', "a star stands for any text, and `%` for itself"))
        return found;
    return of_sign(text, '?', "a star stands for any text, and `?` for itself");
}

}  // namespace relaypermit

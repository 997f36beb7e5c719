#include "config/foreign_wildcard.h"

#include <algorithm>

#include "config/foreign_list.h"
#include "policy/domain.h"

namespace relaypermit {
namespace {

using Found = std::optional<PatternFault>;

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

// The same between slashes, with dots of the domain that mean dots. Empty where it would be no
// regex.
std::string as_regex(std::string_view text) {
    const Halves halves = halves_of(text);
    std::string regex = "/";
    if (!text.starts_with('^') && !halves.domain.empty()) regex += '^';
    regex += halves.local;
    bool in_class = false;
    for (std::size_t i = 0; i < halves.domain.size(); ++i) {
        const char c = halves.domain[i];
        if (c == '[' || c == ']') in_class = c == '[';
        const bool any =
            i + 1 < halves.domain.size() &&
            std::string_view("*+?").find(halves.domain[i + 1]) != std::string_view::npos;
        if (c == '.' && !in_class && !any && halves.domain[i - 1] != '\\')
            regex += "[.]";
        else
            regex += c;
    }
    if (!text.ends_with('$') && !halves.domain.empty()) regex += '$';
    regex += "/";
    return Pattern::parse(regex, PatternRole::recipient) ? regex : std::string();
}

// [a-z], [a-z]+, (..)*: nobody's name has that.
bool has_operator(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c == ']' || c == ')') && i + 1 < text.size() &&
            std::string_view("*+?{").find(text[i + 1]) != std::string_view::npos)
            return true;
        if (c == '-' && i > 1 && i + 2 < text.size() && text[i - 2] == '[' && text[i + 2] == ']')
            return true;
    }
    return text.find(".*") != std::string_view::npos || text.find(".+") != std::string_view::npos;
}

// What people write who take a pattern for a regex. (`anon.*@example.com` begins with a name and is
// a pattern of ours; a directory may have a login `Alice (Sales)`, and Windows has HOST$.)
bool is_regex(std::string_view text) {
    const Halves halves = halves_of(text);
    if (text.starts_with('^') || text.find("\\.") != std::string_view::npos) return true;
    if (halves.local == ".*" || halves.local == ".+") return true;
    if (text.ends_with('$') && (!halves.domain.empty() || has_operator(text))) return true;
    const bool literal = halves.domain.starts_with("@[") && halves.domain.ends_with(']');
    return (halves.local.find_first_of("[()]") != std::string_view::npos &&
            has_operator(halves.local)) ||
           (!literal && halves.domain.find_first_of("[(") != std::string_view::npos &&
            has_operator(halves.domain));
}

Found of_bare_regex(std::string_view text, const HintFor& hint) {
    if (!is_regex(text)) return std::nullopt;
    std::string meant = as_pattern(text);
    if (meant.empty() && (text == ".*" || text == ".+")) meant = "*@" + hint.domain;
    const std::string regex = meant.empty() ? as_regex(text) : std::string();
    return PatternFault{0, "a regex stands between slashes",
                        !meant.empty()   ? did_you_mean_this(meant)
                        : !regex.empty() ? "write " + verbatim(regex)
                                         : std::string("as in `/^b.b@example[.]com$/`")};
}

// bob(sales)@example.com, a[bc]@example.com: a name, or after all a regex.
Found of_brackets(std::string_view text, const HintFor& hint) {
    const std::string_view local = halves_of(text).local;
    if (local.find_first_of("[()]") == std::string_view::npos ||
        local.find(' ') != std::string_view::npos)
        return std::nullopt;
    const std::string exact = exact_pattern(text, hint);
    const std::string regex =
        local.find_first_of("[]") == std::string_view::npos ? std::string() : as_regex(text);
    std::string help;
    if (!regex.empty()) help = "write " + verbatim(regex);
    if (!exact.empty())
        help += (help.empty() ? "write " : ", or ") + verbatim(exact) + " for that name alone";
    return PatternFault{0, "brackets are of a regex, which stands between slashes", help};
}

// `%` of SQL and `?` of shells, where they stand for what nobody's address has there.
Found of_sign(std::string_view text, char sign, const HintFor& hint) {
    const Halves halves = halves_of(text);
    const std::string itself =
        std::string("a star stands for any text, and `") + sign + "` for itself";
    if (text == std::string_view(&sign, 1))
        return PatternFault{0, itself, "write `*` for everybody"};
    if (halves.domain.size() < 2 || halves.local.empty()) return std::nullopt;
    std::string local(halves.local);
    const bool at_end = local.back() == sign;
    if (!at_end && local.front() != sign) return std::nullopt;
    const bool alone = local.size() == 1;
    local[at_end ? local.size() - 1 : 0] = '*';
    if (local.find(sign) != std::string::npos || std::count(local.begin(), local.end(), '*') > 1)
        return std::nullopt;
    const std::string meant = local + std::string(halves.domain);
    // (Whoever has `%` alone for a local part is nobody.)
    const std::string exact = alone ? std::string() : exact_pattern(text, hint);
    // No login has a `?`: Postfix writes it for what it does not print.
    const bool never = !alone && exact.empty();
    return PatternFault{
        at_end ? halves.local.size() - 1 : 0,
        never ? std::string("a star stands for any text, and no login has a `") + sign + "`"
              : itself,
        exact.empty() ? did_you_mean_this(meant)
                      : "did you mean " + verbatim(meant) + ", or " + verbatim(exact) +
                            " for that one alone?"};
}

// bob@example.*, bob@%, @*, bob@example.co?
Found of_domain(std::string_view text, const HintFor& hint) {
    const Halves halves = halves_of(text);
    if (halves.domain.size() < 2) return std::nullopt;
    const std::string_view name = halves.domain.substr(1);
    const bool any = name == "*" || name == "%";
    if (any && (halves.local.empty() || halves.local == "*" || halves.local == "%"))
        return PatternFault{0, "any address of any domain is one star", "write `*`"};
    const std::size_t sign = name.find_first_of("%?|()^$");
    const bool is_literal = name.starts_with('[') && name.ends_with(']');
    const bool open_end = name.ends_with(".*") || (sign != std::string_view::npos && !is_literal);
    if (!any && !open_end) return std::nullopt;
    const bool clean = halves.local.find_first_of("%?|()[]{}^$\\ ") == std::string_view::npos;
    return PatternFault{
        halves.local.size() + 1, "a pattern names its domain",
        "one for each domain, as in " +
            verbatim(std::string(clean ? halves.local : "bob") + "@" + hint.domain)};
}

}  // namespace

std::optional<PatternFault> foreign_wildcard(std::string_view text, const HintFor& hint) {
    if (!may_be_foreign_wildcard(text) || text.front() == '/' ||
        text.find('"') != std::string_view::npos)
        return std::nullopt;
    // (a|b)@example.com is a list as well as a regex, and simpler.
    const bool simple = text.find_first_of("[]\\^$+*?") == std::string_view::npos;
    if (simple)
        if (Found found = foreign_alternatives(text, hint)) return found;
    if (Found found = of_bare_regex(text, hint)) return found;
    if (Found found = foreign_alternatives(text, hint)) return found;
    if (Found found = of_brackets(text, hint)) return found;
    if (Found found = of_domain(text, hint)) return found;
    // (The login of another form, user%domain, has no @.)
    if (Found found = of_sign(text, '%', hint)) return found;
    return of_sign(text, '?', hint);
}

}  // namespace relaypermit

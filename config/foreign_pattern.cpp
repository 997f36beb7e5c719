#include "config/foreign_pattern.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "config/foreign_list.h"
#include "config/foreign_placeholder.h"
#include "config/foreign_wildcard.h"
#include "config/hint_words.h"
#include "config/rule_values.h"
#include "policy/ascii.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

using Found = std::optional<PatternFault>;

// alice@example.com: what nearly every pattern is, and nothing of what is looked for here.
bool is_plain_address(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
    if (text.front() == '-' || text[at + 1] == '.') return false;
    const auto is_plain = [](std::string_view part) {
        return std::all_of(part.begin(), part.end(),
                           [](char c) { return is_word_character(c) || c == '.' || c == '-'; });
    };
    return is_plain(text.substr(0, at)) && is_plain(text.substr(at + 1));
}

// A domain of this policy, for examples that the reader can take as they are.
std::string a_domain(const PolicySource& source) {
    for (const std::string& domain : source.hosted_domains.patterns())
        if (!domain.starts_with('*')) return domain;
    return "example.com";
}

Found of_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t last = text.find_last_not_of(blanks);
    const std::string help = "write " + verbatim(text.substr(first, last - first + 1));
    if (first > 0) return PatternFault{0, "it begins with a blank", help};
    if (last + 1 < text.size()) return PatternFault{last + 1, "it ends with a blank", help};
    return std::nullopt;
}

// A list of one. In '...' a backslash stands for itself.
std::string in_a_list(std::string_view pattern) {
    return "[" + in_toml_quotes(pattern) + "]";
}

Found of_negation(std::string_view text, PatternRole role, bool of_exceptions) {
    std::string_view rest;
    for (const std::string_view start : {"!", "not ", "NOT ", "-", "~"})
        if (text.starts_with(start) && (start == "!" || text.find('@') != std::string_view::npos))
            rest = text.substr(start.size());
    if (rest.empty() && text != "!") return std::nullopt;
    if (of_exceptions)
        return PatternFault{0, "this list leaves out whomever it names, without such a sign",
                            rest.empty() ? "name somebody" : "write " + verbatim(rest)};
    if (rest.empty()) rest = "!";
    std::string help = "leave " + verbatim(rest) + " out: name those that are meant, one by one";
    if (role == PatternRole::login) help = "write `except_logins = " + in_a_list(rest) + "`";
    if (role == PatternRole::sender) help = "write `except = " + in_a_list(rest) + "`";
    return PatternFault{0, "a list has no exceptions, and this would add to it", std::move(help)};
}

// Words of other programs and of people for what is a star here.
Found of_everybody(std::string_view text) {
    constexpr std::array<std::string_view, 4> words = {"all", "any", "everyone", "everybody"};
    const std::string lower = ascii_lower(text);
    if (std::find(words.begin(), words.end(), lower) == words.end()) return std::nullopt;
    return PatternFault{0, "that would be a name", "write `*` for everybody"};
}

// mailto:, and what Exchange puts before an address (proxyAddresses): smtp:, SMTP:, sip:, x500:.
Found of_address_scheme(std::string_view text, PatternRole role) {
    constexpr std::array<std::string_view, 12> schemes = {"mailto",  "smtp",  "sip",    "eum",
                                                          "user",    "login", "email",  "mail",
                                                          "address", "from",  "sender", "sasl"};
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string scheme = ascii_lower(text.substr(0, colon));
    if (scheme == "x500" || scheme == "x400")
        return PatternFault{0, "an X.500 name is no address of mail",
                            "write the address that stands behind `smtp:`"};
    if (std::find(schemes.begin(), schemes.end(), scheme) == schemes.end()) return std::nullopt;
    const std::string_view rest = trimmed(text.substr(colon + 1), " /");
    const bool is_whole = rest.find('@') != std::string_view::npos || role == PatternRole::login;
    if (rest.empty() || !is_whole) return std::nullopt;
    return PatternFault{0, "an address stands by itself", "write " + verbatim(rest)};
}

bool same_word(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ascii_lower(a) == ascii_lower(b);
}

// group=sales, group.sales, group: sales
std::string_view behind_the_word_group(std::string_view text) {
    constexpr std::string_view word = "group";
    if (!same_word(text.substr(0, word.size()), word)) return {};
    text.remove_prefix(word.size());
    if (text.starts_with('s')) text.remove_prefix(1);
    const std::size_t name = text.find_first_not_of(":=.- ");
    return name == 0 || name == std::string_view::npos ? std::string_view() : text.substr(name);
}

// The name of a group, or what people put before one.
Found of_group(std::string_view text, PatternRole role, const PatternSurroundings& around) {
    if (text.find('@', 1) != std::string_view::npos) return std::nullopt;
    const auto as_group = [&](std::string_view written) -> const std::string* {
        const auto found =
            std::find_if(around.group_names.begin(), around.group_names.end(),
                         [&](const std::string& name) { return same_word(name, written); });
        return found == around.group_names.end() ? nullptr : &*found;
    };
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        const std::string_view prefix = text.substr(0, colon);
        if (!same_word(prefix, "group") && !same_word(prefix, "groups")) return std::nullopt;
        const std::string_view name = text.substr(colon + 1);
        const std::string* group = as_group(name);
        return PatternFault{
            0, "a group is named with " + verbatim(group_prefix),
            "write " + verbatim(std::string(group_prefix) + (group ? *group : std::string(name)))};
    }
    const bool in_braces = text.starts_with('{') && text.ends_with('}');
    const bool has_sign = in_braces || text.find_first_of("@%&$+") == 0;
    std::string_view name = text.substr(has_sign ? 1 : 0);
    if (in_braces) name.remove_suffix(1);
    const std::string* group = as_group(name);
    if (group == nullptr) {
        const std::string_view behind = behind_the_word_group(text);
        if (!behind.empty()) group = as_group(behind);
        if (group != nullptr)
            return PatternFault{0, "a group is named with " + verbatim(group_prefix),
                                "write " + verbatim(std::string(group_prefix) + *group)};
    }
    if (group == nullptr) return std::nullopt;
    std::string help = "write " + verbatim(std::string(group_prefix) + *group);
    if (!has_sign && role == PatternRole::login)
        help += "; the login of that name is " +
                verbatim(std::string(text) + "@" +
                         (around.source.default_realm.empty() ? a_domain(around.source)
                                                              : around.source.default_realm));
    return PatternFault{0,
                        verbatim(*group) + " is a group, and this would be " +
                            (role == PatternRole::login ? "a login" : "an address"),
                        help};
}

// Other words for what is `hosted` here.
bool means_hosted(std::string_view word, bool any_word) {
    constexpr std::array<std::string_view, 5> names = {"hosted_domains", "hosted-domains",
                                                       "mydestination", "$mydestination",
                                                       "virtual_mailbox_domains"};
    constexpr std::array<std::string_view, 9> words = {
        "hosts", "host", "hostd", "local", "inside", "internal", "in-house", "own", "localhost"};
    const auto is = [&](std::string_view one) { return same_word(word, one); };
    return std::any_of(names.begin(), names.end(), is) ||
           (any_word && std::any_of(words.begin(), words.end(), is));
}

Found of_hosted(std::string_view text, PatternRole role) {
    const std::size_t at = text.rfind('@');
    if (at != std::string_view::npos && text.find('.', at) != std::string_view::npos)
        return std::nullopt;
    if (at != std::string_view::npos && at > 0 && means_hosted(text.substr(at + 1), false))
        return PatternFault{at + 1, "every hosted domain is `hosted`",
                            did_you_mean_this(std::string(text.substr(0, at)) + "@hosted")};
    // A login may be called `host`.
    if (means_hosted(text, role != PatternRole::login))
        return PatternFault{
            0, "every hosted domain is `hosted`",
            did_you_mean_this(role == PatternRole::recipient ? "hosted" : "*@hosted")};
    if (!same_word(text, "hosted")) return std::nullopt;
    if (role == PatternRole::recipient)
        return PatternFault{0, "the word for every hosted domain is in lower case",
                            "write `hosted`"};
    return PatternFault{0, "`hosted` by itself stands for recipients in [[restrict]] alone",
                        did_you_mean_this("*@hosted")};
}

Found of_network(std::string_view text) {
    const bool is_network = text.starts_with(network_prefix) ||
                            IpAddress::parse(text).has_value() ||
                            (text.find('/') != std::string_view::npos &&
                             IpAddress::parse(text.substr(0, text.find('/'))).has_value());
    if (!is_network) return std::nullopt;
    return PatternFault{0, "a network is no address",
                        "networks stand in `clients` or `networks`, and have names in [networks]"};
}

// type:/path, as Postfix names its tables.
Found of_lookup_table(std::string_view text) {
    constexpr std::array<std::string_view, 10> types = {
        "hash", "lmdb", "regexp", "pcre", "ldap", "mysql", "pgsql", "texthash", "proxy", "static"};
    const bool is_type =
        std::find(types.begin(), types.end(), text.substr(0, text.find(':'))) != types.end();
    const std::size_t colon = text.find(is_type ? ":" : ":/");
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     is_word_character))
        return std::nullopt;
    return PatternFault{0, "tables of the mail server are not read here",
                        "write out the addresses that it lists"};
}

// Alice <alice@example.com>
Found of_brackets(std::string_view text) {
    const std::size_t open = text.find('<');
    if (open == std::string_view::npos || text == "<>" || text.front() == '"') return std::nullopt;
    const std::size_t close = text.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view inner = text.substr(open + 1, close - open - 1);
    if (inner.find('@') == std::string_view::npos) return std::nullopt;
    return PatternFault{open, "an address stands without brackets and name",
                        "write " + verbatim(inner)};
}

// alice@example.com (Alice)
Found of_comment(std::string_view text) {
    const std::size_t open = text.find('(');
    const std::size_t close = text.find(')', std::min(open, text.size()));
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view before = trimmed(text.substr(0, open), " \t");
    const std::string_view behind = trimmed(text.substr(close + 1), " \t");
    const std::string_view rest = behind.empty() ? before : behind;
    // (bob(sales)@example.com may be a name, and (com|org) are alternatives.)
    if ((!before.empty() && !behind.empty()) || !is_plain_address(rest) || rest.ends_with('.'))
        return std::nullopt;
    return PatternFault{open, "an address stands without brackets and name",
                        "write " + verbatim(rest)};
}

// (Bob): a note, or a name after all.
Found of_bracketed_name(std::string_view text, const HintFor& hint) {
    if (!text.starts_with('(') || text.find(')') != text.size() - 1 || text.size() < 3)
        return std::nullopt;
    const std::string_view inner = text.substr(1, text.size() - 2);
    if (!std::all_of(inner.begin(), inner.end(),
                     [](char c) { return is_word_character(c) || c == '.' || c == '-'; }))
        return std::nullopt;
    if (hint.role != PatternRole::login)
        return PatternFault{
            0, "an address stands without brackets and name",
            "write it out, as in " + verbatim(std::string(inner) + "@" + hint.domain)};
    return PatternFault{0, "a login stands without brackets",
                        "did you mean " + verbatim(inner) + ", or " +
                            verbatim(exact_pattern(text, hint)) + " for a name that has them?"};
}

std::optional<std::string> as_domain(std::string_view text) {
    if (text.find('.') == std::string_view::npos || text.find('@') != std::string_view::npos)
        return std::nullopt;
    return normalize_domain(text);
}

// Whether the policy itself takes the word for a domain. A login may have a dot in it.
bool is_domain_of(const PolicySource& source, const std::string& domain) {
    return source.hosted_domains.contains(domain) || source.relay_domains.contains(domain) ||
           (source.realms && source.realms->contains(domain)) || source.default_realm == domain;
}

// Final words of domains that are no words of a name.
bool ends_as_domains_do(std::string_view domain) {
    constexpr std::array<std::string_view, 8> endings = {".com", ".net",  ".org",     ".edu",
                                                         ".gov", ".test", ".example", ".invalid"};
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return domain.ends_with(ending); });
}

Found of_domain(std::string_view text, PatternRole role, const PolicySource& source) {
    const std::size_t at = text.rfind('@');
    if (at == 0) {
        std::string_view domain = text.substr(1);
        bool below = false;
        for (const std::string_view start : {"*.", "."})
            if (domain.starts_with(start)) {
                below = true;
                domain.remove_prefix(start.size());
            }
        if (!normalize_domain(domain)) return std::nullopt;
        return PatternFault{0, "no local part before the `@`",
                            did_you_mean_this((below ? "*@*." : "*@") + std::string(domain))};
    }
    if (at == std::string_view::npos) {
        for (const std::string_view start : {"*.", "."})
            if (text.starts_with(start) && normalize_domain(text.substr(start.size())) &&
                text.find('*', 1) == std::string_view::npos)
                return PatternFault{
                    0, "the domains below one are written as addresses",
                    did_you_mean_this("*@*." + std::string(text.substr(start.size())))};
        if (text.starts_with('*') && text.find('*', 1) == std::string_view::npos &&
            as_domain(text.substr(1)))
            return PatternFault{0, "a star and a domain are joined by an `@`",
                                did_you_mean_this("*@" + std::string(text.substr(1)))};
        const auto domain = as_domain(text);
        if (!domain) return std::nullopt;
        if (role == PatternRole::login && !is_domain_of(source, *domain) &&
            !ends_as_domains_do(*domain))
            return std::nullopt;
        return PatternFault{0,
                            role == PatternRole::login
                                ? verbatim(text) + " is a domain, and this would be a login"
                                : verbatim(text) + " is a domain and no address",
                            did_you_mean_this("*@" + std::string(text))};
    }
    const std::string_view domain = text.substr(at + 1);
    if (domain.empty())
        return PatternFault{at, "no domain behind the `@`",
                            "write " + verbatim(std::string(text) + a_domain(source))};
    if (domain.starts_with('.') && normalize_domain(domain.substr(1)))
        return PatternFault{
            at + 1, "the domains below one are written with a star",
            did_you_mean_this(std::string(text.substr(0, at)) + "@*" + std::string(domain))};
    return std::nullopt;
}

}  // namespace

std::optional<PatternFault> foreign_pattern(std::string_view text, PatternRole role,
                                            const PatternSurroundings& around) {
    if (text.empty() || is_plain_address(text)) return std::nullopt;
    if (Found found = of_blanks(text)) return found;
    if (text.front() == '/') return foreign_in_regex(text, role);
    const HintFor hint{role, a_domain(around.source), around.source.default_realm};
    if (Found found = of_negation(text, role, around.of_exceptions)) return found;
    if (Found found = of_everybody(text)) return found;
    if (Found found = of_address_scheme(text, role)) return found;
    if (Found found = of_group(text, role, around)) return found;
    if (Found found = of_hosted(text, role)) return found;
    if (Found found = of_network(text)) return found;
    if (Found found = of_lookup_table(text)) return found;
    if (Found found = foreign_placeholder(text, hint)) return found;
    if (Found found = of_brackets(text)) return found;
    if (Found found = of_comment(text)) return found;
    if (Found found = of_bracketed_name(text, hint)) return found;
    if (may_be_foreign_wildcard(text))
        if (Found found = foreign_wildcard(text, hint)) return found;
    if (Found found = foreign_list(text, hint)) return found;
    return of_domain(text, role, around.source);
}

}  // namespace relaypermit

// Warnings about what a single pattern says: more than its author can have meant, or nothing.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "inspect/containment.h"
#include "inspect/lint.h"
#include "inspect/public_suffix.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

// Addresses of domains that have nothing to do with each other, nor with any policy.
constexpr std::array<std::string_view, 3> strangers = {
    "someone@elsewhere.invalid", "q7@another.test", "x.y+z@a.b.c.example.invalid"};

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool matches_strangers(const Pattern& regex) {
    return std::all_of(strangers.begin(), strangers.end(), [&](std::string_view stranger) {
        const auto address = parse_address(stranger);
        return address && regex.matches(*address);
    });
}

// Where a dot behind the last @ of a regex stands for any one character: it was meant as a dot.
std::vector<std::size_t> unescaped_dots(std::string_view text) {
    std::vector<std::size_t> dots;
    bool behind_at = false;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\') {
            ++i;
        } else if (c == '[') {
            // A ] that stands first is a member of its class.
            const std::size_t first = i + (text[i + 1] == '^' ? 2 : 1);
            i = std::min(text.find(']', first + 1), text.size());
        } else if (c == '@') {
            behind_at = true;
            dots.clear();
        } else if (c == '.' &&
                   std::string_view("*+?{").find(text[i + 1]) == std::string_view::npos) {
            dots.push_back(i);
        }
    }
    return behind_at ? dots : std::vector<std::size_t>();
}

// The domain that a regex ends with, as plain text: example.com of `/.*@(.*\.)?example\.com$/`.
// Empty where it ends with anything else.
std::string final_domain(std::string_view regex) {
    std::string_view text = regex.substr(1, regex.size() - 2);
    if (text.ends_with('$') && !text.ends_with("\\$")) text.remove_suffix(1);
    std::string domain;
    while (!text.empty()) {
        const bool escape = text.size() > 1 && text[text.size() - 2] == '\\';
        const char c = text.back();
        // A letter behind a backslash is a class or an anchor.
        if (escape ? c != '.' : !is_alnum(c) && c != '-') break;
        domain.insert(domain.begin(), c);
        text.remove_suffix(escape ? 2 : 1);
    }
    domain.erase(0, domain.find_first_not_of(".-"));
    return domain.find('.') == std::string::npos ? std::string() : domain;
}

// A local part that the regex may want: the plain text that it begins with.
std::string first_words(std::string_view regex) {
    std::string words;
    for (std::size_t i = regex[1] == '^' ? 2 : 1; i + 1 < regex.size(); ++i) {
        const char c = regex[i];
        if (std::string_view("*?{").find(c) != std::string_view::npos && !words.empty())
            words.pop_back();
        if (!is_alnum(c) && c != '-' && c != '_') break;
        words += c;
    }
    return words;
}

// A domain that anybody can register, whose addresses the regex takes for those of a domain that it
// ends with or that is hosted here; both empty where it takes none.
struct Lookalike {
    std::string other{};
    std::string domain{};
};
Lookalike lookalike(const Pattern& regex, const PolicySource& source) {
    std::vector<std::string> domains;
    if (std::string last = final_domain(regex.text()); !last.empty())
        domains.push_back(std::move(last));
    constexpr std::size_t most = 100;
    for (const std::string& hosted : source.hosted_domains.patterns())
        if (domains.size() < most)
            domains.push_back(hosted.starts_with("*.") ? hosted.substr(2) : hosted);
    const std::string words = first_words(regex.text());
    for (const std::string& domain : domains) {
        std::vector<std::string> others = {domain + ".invalid"};
        if (is_registrable(domain)) others.insert(others.begin(), "not" + domain);
        for (const std::string& other : others)
            for (const std::string& local : {std::string("someone"), words, words + "x"})
                if (const auto address = parse_address(local + "@" + other);
                    address && regex.matches(*address) && !source.hosted_domains.contains(other))
                    return {other, domain};
    }
    return {};
}

std::string escaped(std::string_view domain) {
    std::string text;
    for (const char c : domain) text += c == '.' ? "\\." : std::string(1, c);
    return text;
}

// Whether a class of a regex, without its brackets, is letters, digits and + - _ alone.
bool is_plain_class(std::string_view members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        const char c = members[i];
        if (!is_alnum(c) && c != '_' && c != '+' && c != '-') return false;
        if (c != '-' || i == 0 || i + 1 == members.size()) continue;
        const std::string_view range = members.substr(i - 1, 3);
        if (range != "a-z" && range != "A-Z" && range != "0-9") return false;
    }
    return !members.empty();
}

// Whether it is certain that no match of a regex has an @ in it. Knows plain characters, groups
// and simple classes; of anything else it is not certain.
bool matches_no_at(std::string_view text) {
    const std::string_view regex = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < regex.size(); ++i) {
        const char c = regex[i];
        if (c == '\\') {
            const char next = i + 1 < regex.size() ? regex[++i] : '@';
            if (next == '@' || (is_alnum(next) && next != 'd' && next != 'w')) return false;
        } else if (c == '[') {
            const std::size_t end = std::min(regex.find(']', i + 1), regex.size());
            if (!is_plain_class(regex.substr(i + 1, end - i - 1))) return false;
            i = end;
        } else if (c == '@' || c == '.' || regex.substr(i).starts_with("(?")) {
            return false;
        }
    }
    return true;
}

void lint_regex_without_at(Lint& lint, const Pattern& pattern, const Place& place,
                           std::string_view whole) {
    if (pattern.kind() == Kind::regex && matches_no_at(pattern.text()))
        lint.warn(place,
                  "the regex " + in_backticks(pattern.text()) + " matches no " +
                      std::string(whole) + ": it is for the whole of one and has no @",
                  "as in `/.*@example\\.com/`");
}

void lint_regex(Lint& lint, const Pattern& pattern, const Place& place) {
    const std::string& text = pattern.text();
    if (matches_strangers(pattern)) {
        lint.warn(place,
                  "the regex " + in_backticks(text) + " matches addresses of any domain, such as " +
                      in_backticks(strangers.front()),
                  "end it with a domain, as in `/.*@example\\.com/`");
        return;
    }
    if (const auto [other, like] = lookalike(pattern, lint.source()); !other.empty()) {
        const std::string domain = escaped(like);
        lint.warn(place,
                  "the regex " + in_backticks(text) + " matches addresses of " +
                      in_backticks(other) + " too",
                  "write `@" + domain + "`, or `@(.*\\.)?" + domain + "` with its subdomains");
        return;
    }
    if (const auto dots = unescaped_dots(text); !dots.empty()) {
        std::string fixed = text;
        for (auto dot = dots.rbegin(); dot != dots.rend(); ++dot) fixed.insert(*dot, "\\");
        lint.warn(place,
                  "a dot of the regex " + in_backticks(text) +
                      " stands for any character, not for a dot alone",
                  "write " + in_backticks(fixed));
    }
}

void lint_login(Lint& lint, const LoginPattern& login) {
    const Pattern& pattern = login.pattern;
    if (pattern.kind() == Kind::regex) lint_regex(lint, pattern, login.place);
    // Without a default realm, a login may be a bare name.
    if (!lint.source().default_realm.empty())
        lint_regex_without_at(lint, pattern, login.place, "login");
    if (pattern.kind() == Kind::exact && pattern.domain().empty())
        lint.warn(login.place,
                  "the login " + in_backticks(pattern.text()) +
                      " has no realm, and there is no `default_realm`",
                  "set default_realm in [login], or write `" + pattern.text() + "@example.com`");
}

// A group's members stand in every rule that names it: say it once.
void lint_logins(Lint& lint, const std::vector<LoginPattern>& logins, std::vector<Place>& seen) {
    for (const LoginPattern& login : logins) {
        if (!login.group.empty()) {
            if (std::find(seen.begin(), seen.end(), login.place) != seen.end()) continue;
            if (login.pattern.kind() == Kind::regex || login.pattern.domain().empty())
                seen.push_back(login.place);
        }
        lint_login(lint, login);
    }
}

// A domain none of whose addresses this server hosts.
bool is_foreign(const PolicySource& source, const Pattern& pattern) {
    const std::string& domain = pattern.domain();
    if (domain.empty() || source.hosted_domains.empty()) return false;
    if (pattern.kind() != Kind::subdomain) return !source.hosted_domains.contains(domain);
    if (source.hosted_domains.contains("x." + domain)) return false;
    return std::none_of(source.hosted_domains.patterns().begin(),
                        source.hosted_domains.patterns().end(),
                        [&](const std::string& hosted) { return hosted.ends_with("." + domain); });
}

void lint_senders(Lint& lint, const Grant& grant) {
    const PolicySource& source = lint.source();
    for (const PlacedPattern& sender : grant.senders) {
        const Pattern& pattern = sender.pattern;
        const std::string name = in_backticks(pattern.text());
        if (pattern.kind() == Kind::any)
            lint.warn(sender.place,
                      in_backticks(grant.id) +
                          " grants `*`: any sender whatsoever, and a From in any form",
                      "for smart hosts and ticket systems; `*@example.com` is any address of one "
                      "domain");
        if (pattern.kind() == Kind::regex) lint_regex(lint, pattern, sender.place);
        lint_regex_without_at(lint, pattern, sender.place, "address");
        if (is_foreign(source, pattern))
            lint.warn(sender.place, "the sender " + name + " is outside the hosted domains",
                      "its own domain may forbid this server to send for it (SPF, DMARC)");
        if (pattern.kind() == Kind::null && !grant.logins.empty())
            lint.warn(sender.place,
                      "`<>` of a grant to logins has no effect: the null sender of a login is the "
                      "matter of `null-sender-refused`",
                      "remove it; it is for grants to `clients`");
        if (pattern.kind() != Kind::templated) continue;
        const bool of_login = std::find(pattern.names().begin(), pattern.names().end(), "login") !=
                              pattern.names().end();
        const bool reaches =
            std::any_of(grant.logins.begin(), grant.logins.end(), [&](const LoginPattern& login) {
                if (login.pattern.kind() == Kind::exact)
                    return pattern.fill(login_captures(login_of(login.pattern))).has_value();
                // Every login but a bare name has an @ in it.
                return !of_login || login.pattern.domain().empty();
            });
        if (!reaches)
            lint.warn(sender.place,
                      "no login of " + in_backticks(grant.id) + " reaches the sender " + name,
                      of_login ? "`{login}` has an @ in it; `{user}` is the part before that"
                               : "none of them has a realm");
    }
    const auto& senders = grant.senders;
    // Lists written by hand; a generated one of thousands is left alone.
    if (senders.size() > 1000) return;
    for (std::size_t i = 0; i < senders.size(); ++i)
        for (std::size_t j = 0; j < senders.size(); ++j) {
            const auto contains = [&](std::size_t outer, std::size_t inner) {
                return sender_contains(senders[outer].pattern, senders[inner].pattern,
                                       source.subaddress_delimiter);
            };
            if (i == j || !contains(j, i) || (j > i && contains(i, j))) continue;
            lint.warn(senders[i].place,
                      "the sender " + in_backticks(senders[i].pattern.text()) +
                          " is contained in " + in_backticks(senders[j].pattern.text()) +
                          " of the same grant",
                      "remove it");
            break;
        }
}

void lint_subject(Lint& lint, const Grant& grant) {
    const bool any_login =
        std::any_of(grant.logins.begin(), grant.logins.end(),
                    [](const LoginPattern& login) { return login.pattern.kind() == Kind::any; });
    const bool each_its_own = std::all_of(
        grant.senders.begin(), grant.senders.end(),
        [](const PlacedPattern& sender) { return sender.pattern.kind() == Kind::templated; });
    if (any_login && !each_its_own)
        lint.warn(grant.place, "every login may use the senders of " + in_backticks(grant.id),
                  "a login `*` is for senders with {user} in them");
    const bool anywhere = grant.networks.empty() ||
                          std::any_of(grant.networks.begin(), grant.networks.end(),
                                      [](const Network& network) { return network.prefix == 0; });
    for (const PlacedNetwork& client : grant.clients)
        if (client.network.prefix == 0 && anywhere)
            lint.warn(client.place,
                      "every client there is may use the senders of " + in_backticks(grant.id) +
                          " without a login",
                      "name the networks of the devices");
}

}  // namespace

void lint_patterns(Lint& lint) {
    std::vector<Place> seen;
    for (const Grant& grant : lint.source().grants) {
        lint_logins(lint, grant.logins, seen);
        lint_senders(lint, grant);
        lint_subject(lint, grant);
    }
    for (const Restriction& restriction : lint.source().restrictions) {
        lint_logins(lint, restriction.logins, seen);
        if (!restriction.recipients) continue;
        for (const PlacedPattern& recipient : *restriction.recipients)
            if (recipient.pattern.kind() == Kind::regex)
                lint_regex(lint, recipient.pattern, recipient.place);
    }
}

}  // namespace relaypermit

// Warnings about what a single pattern says: more than its author can have meant, or nothing.
#include <algorithm>

#include "policy/conditions.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

// Without a default realm a mail server may hand over an account by either name. Whoever lists
// both, as `suspend` does, knows.
bool is_listed_with_a_realm(const LoginPatterns& logins, const Pattern& bare) {
    return std::any_of(logins.begin(), logins.end(), [&](const LoginPattern& login) {
        return login.pattern.kind() == Kind::exact && !login.pattern.domain().empty() &&
               login_of(login.pattern).user == bare.affix();
    });
}

void lint_login(Lint& lint, const LoginPatterns& logins, const LoginPattern& login) {
    const Pattern& pattern = login.pattern;
    if (pattern.kind() == Kind::regex) lint_regex(lint, pattern, login.place);
    // Without a default realm, a login may be a bare name.
    if (!lint.source().default_realm.empty())
        lint_regex_without_at(lint, pattern, login.place, "login");
    if (pattern.kind() == Kind::exact && pattern.domain().empty() &&
        !is_listed_with_a_realm(logins, pattern))
        lint.warn(login.place,
                  "the login " + in_backticks(pattern.text()) +
                      " has no realm, and there is no `default_realm`",
                  "set default_realm in [login], or write `" + pattern.text() + "@example.com`");
}

// A group's members stand in every rule that names it: say it once.
void lint_each_login(Lint& lint, const LoginPatterns& logins, std::vector<Place>& seen) {
    for (const LoginPattern& login : logins) {
        if (!login.group.empty()) {
            if (std::find(seen.begin(), seen.end(), login.place) != seen.end()) continue;
            if (login.pattern.kind() == Kind::regex || login.pattern.domain().empty())
                seen.push_back(login.place);
        }
        lint_login(lint, logins, login);
    }
}

// A domain none of whose addresses this server hosts.
bool is_foreign(const PolicySource& source, const Pattern& pattern) {
    const std::string domain(pattern.domain());
    if (domain.empty() || source.hosted_domains.empty() ||
        has_domain_table(source, DomainRole::hosted))
        return false;
    if (pattern.kind() != Kind::subdomain) return !source.hosted_domains.contains(domain);
    if (source.hosted_domains.contains("x." + domain)) return false;
    return std::none_of(source.hosted_domains.patterns().begin(),
                        source.hosted_domains.patterns().end(),
                        [&](const std::string& hosted) { return hosted.ends_with("." + domain); });
}

// Who mistypes a domain wants to know that first.
std::string near_help(const PolicySource& source, const Pattern& pattern, std::string otherwise) {
    const std::string near = with_hosted_domain(source, pattern);
    return near.empty() ? otherwise : "did you mean " + in_backticks(near) + "?";
}

void lint_senders(Lint& lint, const Grant& grant) {
    const PolicySource& source = lint.source();
    for (const PlacedPattern& sender : grant.senders) {
        const Pattern& pattern = sender.pattern;
        const std::string name = in_backticks(pattern.text());
        if (pattern.kind() == Kind::any)
            lint.warn(
                sender.place,
                in_backticks(grant.id) +
                    (leaves_out_some(grant)
                         ? " grants `*`: any sender but for its `except`, and no unusable From"
                         : " grants `*`: any sender whatsoever, and a From in any form"),
                "for smart hosts and ticket systems; `*@example.com` is any address of one "
                "domain");
        if (pattern.kind() == Kind::regex) lint_regex(lint, pattern, sender.place);
        lint_regex_without_at(lint, pattern, sender.place, "address");
        if (is_foreign(source, pattern))
            lint.warn(sender.place, "the sender " + name + " is outside the hosted domains",
                      near_help(source, pattern,
                                "its own domain may forbid this server to send for it (SPF, "
                                "DMARC)"));
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
    const bool anywhere = grant.rare->networks.empty() ||
                          std::any_of(grant.rare->networks.begin(), grant.rare->networks.end(),
                                      [](const Network& network) { return network.prefix == 0; });
    for (const PlacedNetwork& client : grant.rare->clients)
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
        lint_each_login(lint, grant.logins, seen);
        lint_senders(lint, grant);
        lint_subject(lint, grant);
    }
    for (const Restriction& restriction : lint.source().restrictions) {
        lint_each_login(lint, restriction.logins, seen);
        if (!restriction.recipients) continue;
        for (const PlacedPattern& recipient : *restriction.recipients)
            if (recipient.pattern.kind() == Kind::regex)
                lint_regex(lint, recipient.pattern, recipient.place);
    }
}

}  // namespace relaypermit

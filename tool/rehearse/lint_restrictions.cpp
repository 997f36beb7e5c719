// Warnings about restrictions that never matter, or that leave nothing.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "tool/rehearse/containment.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

// What a restriction of a login that is suspended anyway would add.
void lint_after_suspension(Lint& lint, const Restriction& restriction) {
    if (!lint.refuses(Cause::account_suspended) || is_of_suspend(restriction)) return;
    const std::string& delimiter = lint.source().subaddress_delimiter;
    for (const Restriction& other : lint.source().restrictions) {
        if (&other == &restriction || !other.suspended || is_of_suspend(other) ||
            other.logins.empty() || !other.clients.empty() || restriction.logins.empty() ||
            !other.except_logins.empty() ||
            !restriction_contains(other.logins, restriction.logins, delimiter) ||
            !contains(*other.time, *restriction.time))
            continue;
        const bool same = restriction.suspended && restriction.clients.empty() &&
                          restriction.except_logins.empty() &&
                          restriction_contains(restriction.logins, other.logins, delimiter) &&
                          contains(*restriction.time, *other.time);
        const bool earlier = &restriction < &other;
        if (same && earlier) continue;  // said of the later one
        // The first suspension is the one whose text the client reads.
        if (restriction.suspended && earlier && restriction.text != other.text) continue;
        lint.warn(restriction.place,
                  "the restriction " + in_backticks(restriction.id) +
                      " never matters: " + in_backticks(other.id) + " at " +
                      to_string(other.place) + " suspends all its logins",
                  "remove one of them");
        return;
    }
}

// That one is to end is what its admin wanted; that it has ended is all that is said.
void lint_ended_suspension(Lint& lint, const Restriction& restriction) {
    if (!is_over(*restriction.time, lint.now()) || restriction.logins.empty()) return;
    const Pattern& pattern = (*restriction.logins.begin()).pattern;
    const bool exact = pattern.kind() == Pattern::Kind::exact;
    lint.warn(restriction.place,
              "the suspension of " + in_backticks(pattern.text()) + " ended on " +
                  restriction.time->until_text + ": it stops nobody any more",
              exact ? "`relaypermit resume " + to_string(login_of(pattern)) + "` removes it"
                    : "remove it there");
}

// Where the causes about ownership refuse nobody, a login that cannot be read is refused because
// some restriction names logins: it may be one of them.
bool stops_unreadable_logins(const Lint& lint, const Restriction& restriction) {
    return !restriction.logins.empty() && lint.refuses(Cause::account_suspended) &&
           !(lint.refuses(Cause::sender_not_owned) && lint.refuses(Cause::sender_not_hosted));
}

void lint_conditions(Lint& lint, const Restriction& restriction) {
    const PolicySource& source = lint.source();
    const std::string name = "the restriction " + in_backticks(restriction.id);
    const bool also = restriction.recipients || restriction.networks || restriction.mechanisms;
    if (restriction.suspended && also)
        lint.warn(restriction.place, name + " suspends, so its other conditions never matter",
                  "remove `suspended` or the conditions");
    if (restriction.suspended) return;
    if (restriction.recipients && restriction.recipients->empty() &&
        restriction.recipients_hosted && source.hosted_domains.empty() &&
        !has_domain_table(source, DomainRole::hosted))
        lint.warn(
            restriction.place,
            name + " excludes every recipient: `hosted` stands alone, and no domain is hosted",
            "list hosted_domains in [relay]");
    if (restriction.recipients &&
        std::any_of(restriction.recipients->begin(), restriction.recipients->end(),
                    [](const PlacedPattern& recipient) {
                        return recipient.pattern.kind() == Pattern::Kind::any;
                    }))
        lint.warn(restriction.place, name + " restricts no recipient: `*` is among them",
                  "addresses that mail servers rewrite, with % or !, are refused all the same");
    if (restriction.networks &&
        std::any_of(restriction.networks->begin(), restriction.networks->end(),
                    [](const Network& network) { return network.prefix == 0; }))
        lint.warn(restriction.place,
                  name + " restricts no client of one kind: a network in it is every address",
                  "name the networks that it is about");
    if (restriction.networks && !restriction.clients.empty()) {
        std::vector<Network> clients;
        for (const PlacedNetwork& client : restriction.clients) clients.push_back(client.network);
        if (disjoint(clients, *restriction.networks))
            lint.warn(restriction.place,
                      name + " excludes everything: none of its `clients` is in its `networks`",
                      "say `suspended = true` to allow nothing");
        else if (!restriction.recipients && !restriction.mechanisms &&
                 !stops_unreadable_logins(lint, restriction) &&
                 networks_contain(*restriction.networks, clients))
            lint.warn(restriction.place,
                      name + " restricts nothing: all its `clients` are in its `networks`",
                      "remove `networks`, or name smaller ones");
    }
}

bool no_common_word(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::none_of(a.begin(), a.end(), [&](const std::string& one) {
        return std::find(b.begin(), b.end(), one) != b.end();
    });
}

bool of_one_domain(const Pattern& pattern) {
    switch (pattern.kind()) {
        case Pattern::Kind::exact:
        case Pattern::Kind::domain:
        case Pattern::Kind::prefix:
        case Pattern::Kind::suffix:
            return !pattern.domain().empty();
        default:
            return false;
    }
}

// Whether it is certain that no address matches both.
bool never_meet(const Pattern& a, const Pattern& b) {
    if (b.kind() == Pattern::Kind::exact) {
        const auto address = parse_address(b.affix());
        return address && !a.matches(*address);
    }
    if (a.kind() == Pattern::Kind::exact) return never_meet(b, a);
    return of_one_domain(a) && of_one_domain(b) && a.domain() != b.domain();
}

bool only_elsewhere(const Policy& policy, const std::vector<PlacedPattern>& recipients) {
    if (has_domain_table(policy.source(), DomainRole::hosted)) return false;
    return std::all_of(recipients.begin(), recipients.end(), [&](const PlacedPattern& one) {
        return of_one_domain(one.pattern) && !policy.hosted(std::string(one.pattern.domain()));
    });
}

bool no_common_recipient(const Policy& policy, const Restriction& a, const Restriction& b) {
    if (a.recipients_hosted && (b.recipients_hosted || !only_elsewhere(policy, *b.recipients)))
        return false;
    if (b.recipients_hosted && !only_elsewhere(policy, *a.recipients)) return false;
    return std::all_of(a.recipients->begin(), a.recipients->end(), [&](const PlacedPattern& one) {
        return std::all_of(
            b.recipients->begin(), b.recipients->end(),
            [&](const PlacedPattern& other) { return never_meet(one.pattern, other.pattern); });
    });
}

struct Clash {
    std::string_view what;
    std::string_view list;
};

// What two restrictions that apply together leave nothing of.
std::optional<Clash> clash_of(const Lint& lint, const Restriction& a, const Restriction& b) {
    if (lint.refuses(Cause::client_not_allowed) && a.networks && b.networks &&
        disjoint(*a.networks, *b.networks))
        return Clash{"network", "networks"};
    if (lint.refuses(Cause::weak_login) && a.mechanisms && b.mechanisms &&
        no_common_word(*a.mechanisms, *b.mechanisms))
        return Clash{"mechanism", "mechanisms"};
    if (lint.refuses(Cause::recipient_not_allowed) && a.recipients && b.recipients &&
        no_common_recipient(*lint.loaded().policy, a, b))
        return Clash{"recipient", "recipients"};
    return std::nullopt;
}

// Two restrictions of one login that nobody can meet together.
void lint_together(Lint& lint, std::size_t number) {
    const auto& all = lint.source().restrictions;
    const Restriction& one = all[number];
    const std::string& delimiter = lint.source().subaddress_delimiter;
    if (one.suspended || one.logins.empty() || !one.clients.empty()) return;
    for (std::size_t other = 0; other < number; ++other) {
        const Restriction& before = all[other];
        if (before.suspended || before.logins.empty() || !before.clients.empty() ||
            !before.except_logins.empty() || !one.except_logins.empty() ||
            is_over(*before.time, lint.now()) || !overlap(*before.time, *one.time))
            continue;
        if (!restriction_contains(before.logins, one.logins, delimiter) &&
            !restriction_contains(one.logins, before.logins, delimiter))
            continue;
        const auto clash = clash_of(lint, one, before);
        if (!clash) continue;
        lint.warn(one.place,
                  "the restriction " + in_backticks(one.id) + " and " + in_backticks(before.id) +
                      " at " + to_string(before.place) + " exclude everything: they have no " +
                      std::string(clash->what) + " in common",
                  "join their " + in_backticks(clash->list) + " in one");
        return;
    }
}

// Of IANA's registry of SASL mechanisms those that a mail server may offer, and what Dovecot and
// Postfix's XCLIENT bring besides.
constexpr std::array<std::string_view, 37> known_mechanisms = {
    "PLAIN",          "LOGIN",
    "CRAM-MD5",       "DIGEST-MD5",
    "SCRAM-SHA-1",    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-224",  "SCRAM-SHA-224-PLUS",
    "SCRAM-SHA-256",  "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-384",  "SCRAM-SHA-384-PLUS",
    "SCRAM-SHA-512",  "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA3-512", "SCRAM-SHA3-512-PLUS",
    "GSSAPI",         "GSS-SPNEGO",
    "GS2-KRB5",       "GS2-KRB5-PLUS",
    "KERBEROS_V4",    "KERBEROS_V5",
    "NTLM",           "EXTERNAL",
    "XOAUTH2",        "OAUTHBEARER",
    "OAUTH10A",       "OTP",
    "SKEY",           "SRP",
    "PASSDSS-3DES-1", "SAML20",
    "OPENID20",       "APOP",
    "XCLIENT",        "DOVECOT-TOKEN",
    "ANONYMOUS"};

void lint_mechanisms(Lint& lint, const Restriction& restriction) {
    const std::string name = "the restriction " + in_backticks(restriction.id);
    const std::vector<std::string_view> known(known_mechanisms.begin(), known_mechanisms.end());
    for (const std::string& mechanism : *restriction.mechanisms) {
        if (mechanism == "ANONYMOUS")
            lint.warn(restriction.place, name + " lists ANONYMOUS, which is no login",
                      "remove it from `mechanisms`");
        if (std::find(known.begin(), known.end(), mechanism) != known.end()) continue;
        const std::string near = did_you_mean(mechanism, known);
        lint.warn(restriction.place,
                  name + " lists " + in_backticks(mechanism) + ", which is no mechanism known here",
                  near.empty() ? "`mechanisms` are names such as PLAIN or SCRAM-SHA-256"
                               : "did you mean " + in_backticks(near) + "?");
    }
    if (restriction.logins.empty())
        lint.warn(restriction.place,
                  name + " limits mechanisms of clients; those without a login are not asked",
                  "add `logins`, or remove `mechanisms`");
}

}  // namespace

void lint_restrictions(Lint& lint) {
    const auto& restrictions = lint.source().restrictions;
    for (std::size_t i = 0; i < restrictions.size(); ++i) {
        const Restriction& restriction = restrictions[i];
        if (restriction.logins.empty() && restriction.clients.empty()) {
            lint.warn(restriction.place,
                      "the restriction " + in_backticks(restriction.id) +
                          " never matters: its groups are empty",
                      "add logins to a group, or remove the restriction");
            continue;
        }
        if (!restriction.logins.empty() &&
            subjects_contain(restriction.except_logins, restriction.logins))
            lint.warn(restriction.place,
                      "`except_logins` of the restriction " + in_backticks(restriction.id) +
                          " leaves out all its logins: at most their subaddresses are restricted",
                      "remove it, or except fewer");
        const std::string name = "the restriction " + in_backticks(restriction.id);
        if (is_of_suspend(restriction)) {
            lint_ended_suspension(lint, restriction);
            if (is_over(*restriction.time, lint.now())) continue;
        } else if (!lint_time(lint, restriction.place, name, *restriction.time)) {
            continue;
        }
        lint_conditions(lint, restriction);
        if (restriction.mechanisms && !restriction.suspended) lint_mechanisms(lint, restriction);
        // Long lists of suspensions come from tools, which do not repeat themselves.
        if (restrictions.size() > 2000) continue;
        lint_after_suspension(lint, restriction);
        lint_together(lint, i);
    }
}

}  // namespace relaypermit

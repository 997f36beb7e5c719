// Warnings about grants that never matter, or soon no longer.
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>

#include "tool/rehearse/containment.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

bool has_clients_only(const Restriction& restriction) {
    return restriction.logins.empty();
}

// Restrictions that keep the grant from ever being used: each takes all its logins, or clients.
bool lint_restricted(Lint& lint, const Grant& grant) {
    for (const Restriction& restriction : lint.source().restrictions) {
        const bool takes_all = grant.rare->clients.empty()
                                   ? restriction.clients.empty() &&
                                         restriction.except_logins.empty() &&
                                         restriction_contains(restriction.logins, grant.logins,
                                                              lint.source().subaddress_delimiter)
                                   : has_clients_only(restriction) &&
                                         subjects_contain(restriction.clients, grant.rare->clients);
        if (!takes_all || (grant.logins.empty() && grant.rare->clients.empty()) ||
            !contains(*restriction.time, *grant.rare))
            continue;
        const std::string by = in_backticks(restriction.id) + " at " + to_string(restriction.place);
        if (restriction.suspended && lint.refuses(Cause::account_suspended) &&
            !is_of_suspend(restriction)) {
            lint.warn(grant.place,
                      "the grant " + in_backticks(grant.id) + " never matters: " + by +
                          " suspends all that it is for",
                      "remove one of them");
            return false;
        }
        if (restriction.networks && lint.refuses(Cause::client_not_allowed) &&
            disjoint(grant.rare->networks, *restriction.networks)) {
            lint.warn(grant.place,
                      "the grant " + in_backticks(grant.id) + " never matters: " + by +
                          " lets them send from other networks only",
                      "name a network in both of them");
            return false;
        }
    }
    return true;
}

bool owns_it(const PolicySource& source, const Pattern& login, const Pattern& sender) {
    if (!source.owns_own_address || login.kind() != Kind::exact || login.domain().empty())
        return false;
    const DomainSet& realms = source.realms ? *source.realms : source.hosted_domains;
    if (!realms.contains(login.domain())) return false;
    if (sender.kind() == Kind::templated) return sender.text() == "{login}";
    const Login own = login_of(login);
    const Address itself{own.user, own.realm};
    if (const auto owner = owner_of(sender, source.subaddress_delimiter))
        return same_address(itself, *owner);
    if (sender.kind() != Kind::exact) return false;
    const auto address = parse_address(sender.affix());
    if (!address) return false;
    return same_address(itself, *address) ||
           same_address(itself, without_subaddress(*address, source.subaddress_delimiter));
}

bool lint_excepted(Lint& lint, const Grant& grant) {
    const std::string& delimiter = lint.source().subaddress_delimiter;
    const auto is_out = [&](const PlacedPattern& sender) {
        return std::any_of(grant.rare->except.begin(), grant.rare->except.end(),
                           [&](const PlacedPattern& one) {
                               return sender_contains(one.pattern, sender.pattern, delimiter);
                           });
    };
    const bool senders = std::all_of(grant.senders.begin(), grant.senders.end(), is_out);
    const bool logins =
        !grant.logins.empty() && subjects_contain(grant.rare->except_logins, grant.logins);
    if (!senders && !logins) return true;
    lint.warn(grant.place,
              "the grant " + in_backticks(grant.id) + " never matters: " +
                  (senders ? "`except` leaves out all its senders"
                           : "`except_logins` leaves out all its logins"),
              "remove it, or except fewer");
    return false;
}

bool lint_own_address(Lint& lint, const Grant& grant) {
    const bool all_own =
        !grant.logins.empty() &&
        std::all_of(grant.logins.begin(), grant.logins.end(), [&](const LoginPattern& login) {
            return std::all_of(grant.senders.begin(), grant.senders.end(),
                               [&](const PlacedPattern& sender) {
                                   return owns_it(lint.source(), login.pattern, sender.pattern);
                               });
        });
    if (!all_own) return true;
    lint.warn(grant.place,
              "the grant " + in_backticks(grant.id) +
                  " never matters: a login may send as itself without one",
              "remove it: owns_own_address in [login] permits the same");
    return false;
}

bool lint_trusted(Lint& lint, const Grant& grant) {
    if (grant.rare->clients.empty() ||
        !subjects_contain(lint.source().trusted_networks, grant.rare->clients))
        return true;
    lint.warn(grant.place,
              "the grant " + in_backticks(grant.id) +
                  " never matters: its clients are in trusted_networks and may send as anyone",
              "take them out of trusted_networks to limit them to these senders");
    return false;
}

// Grants by an exact login or sender of theirs are found by index; the rest is compared one by
// one, up to a number that hand-written policies do not reach.
//
// `busy` are logins with too many grants, which are counted once and not for each of them.
std::vector<RuleNumber> candidates(const Policy& policy, const Grant& grant,
                                   const std::vector<RuleNumber>& all,
                                   std::unordered_set<std::string>& busy) {
    int tries = 100;  // a group may have 50,000 members, and as many rules for each
    for (const LoginPattern& login : grant.logins)
        if (login.pattern.kind() == Kind::exact && tries-- > 0) {
            std::string key(login.pattern.affix());
            if (busy.contains(key)) continue;
            const Login exact = login_of(login.pattern);
            auto found = policy.grants_to(exact).sorted();
            const auto regexes = policy.grants_to_by_regex(exact).sorted();
            found.insert(found.end(), regexes.begin(), regexes.end());
            std::sort(found.begin(), found.end());
            constexpr std::size_t few = 64;
            if (found.size() <= few) return found;
            busy.insert(std::move(key));
        }
    for (const PlacedPattern& sender : grant.senders)
        if (sender.pattern.kind() == Kind::exact)
            if (const auto address = parse_address(sender.pattern.affix())) {
                auto found = policy.grants_as(*address).sorted();
                const Address base =
                    without_subaddress(*address, policy.source().subaddress_delimiter);
                if (!(base == *address)) {
                    const auto more = policy.grants_as(base).sorted();
                    found.insert(found.end(), more.begin(), more.end());
                    std::sort(found.begin(), found.end());
                }
                // A template of a fixed domain contains no exact sender, so it is not missed.
                return found;
            }
    constexpr std::size_t most = 2000;
    return all.size() <= most ? all : std::vector<RuleNumber>();
}

void lint_contained(Lint& lint, RuleNumber number, const std::vector<RuleNumber>& all,
                    std::unordered_set<std::string>& busy) {
    const auto& grants = lint.source().grants;
    const Grant& grant = grants[number];
    const std::string& delimiter = lint.source().subaddress_delimiter;
    for (const RuleNumber other : candidates(*lint.loaded().policy, grant, all, busy)) {
        if (other == number || !grant_contains(grants[other], grant, delimiter)) continue;
        const bool same = grant_contains(grant, grants[other], delimiter);
        if (same && other > number) continue;  // said of the later one
        lint.warn(grant.place,
                  "the grant " + in_backticks(grant.id) +
                      (same ? " permits what " : " is contained in ") +
                      in_backticks(grants[other].id) + " at " + to_string(grants[other].place) +
                      (same ? " permits" : ""),
                  "remove it");
        return;
    }
}

}  // namespace

void lint_grants(Lint& lint) {
    const auto& grants = lint.source().grants;
    std::vector<RuleNumber> all;
    std::unordered_set<std::string> busy;
    for (RuleNumber number = 0; number < grants.size(); ++number) all.push_back(number);
    for (RuleNumber number = 0; number < grants.size(); ++number) {
        const Grant& grant = grants[number];
        if (grant.logins.empty() && grant.rare->clients.empty()) {
            lint.warn(
                grant.place,
                "the grant " + in_backticks(grant.id) + " never matters: its groups are empty",
                "add logins to a group, or remove the grant");
            continue;
        }
        if (lint_time(lint, grant.place, "the grant " + in_backticks(grant.id), *grant.rare) &&
            lint_excepted(lint, grant) && lint_restricted(lint, grant) &&
            lint_own_address(lint, grant) && lint_trusted(lint, grant))
            lint_contained(lint, number, all, busy);
    }
}

}  // namespace relaypermit

// Warnings about restrictions that never matter, or that leave nothing.
#include <algorithm>

#include "inspect/containment.h"
#include "inspect/lint.h"

namespace relaypermit {
namespace {

// What a restriction of a login that is suspended anyway would add.
void lint_after_suspension(Lint& lint, const Restriction& restriction) {
    if (!lint.refuses(Cause::account_suspended)) return;
    for (const Restriction& other : lint.source().restrictions) {
        if (&other == &restriction || !other.suspended || other.logins.empty() ||
            !other.clients.empty() || restriction.logins.empty() ||
            !subjects_contain(other.logins, restriction.logins))
            continue;
        const bool same = restriction.suspended && restriction.clients.empty() &&
                          subjects_contain(restriction.logins, other.logins);
        if (same && restriction.place < other.place) continue;  // said of the later one
        lint.warn(restriction.place,
                  "the restriction " + in_backticks(restriction.id) +
                      " never matters: " + in_backticks(other.id) + " at " +
                      to_string(other.place) + " suspends all its logins",
                  "remove one of them");
        return;
    }
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
        restriction.recipients_hosted && source.hosted_domains.empty())
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
        else if (networks_contain(*restriction.networks, clients))
            lint.warn(restriction.place,
                      name + " restricts nothing: all its `clients` are in its `networks`",
                      "remove `networks`, or name smaller ones");
    }
    if (!restriction.mechanisms) return;
    for (const std::string& mechanism : *restriction.mechanisms)
        if (mechanism == "ANONYMOUS")
            lint.warn(restriction.place, name + " lists ANONYMOUS, which is no login",
                      "remove it from `mechanisms`");
    if (restriction.logins.empty())
        lint.warn(restriction.place,
                  name + " limits mechanisms of clients; those without a login are not asked",
                  "add `logins`, or remove `mechanisms`");
}

// Two restrictions of one login that nobody can meet together.
void lint_together(Lint& lint, std::size_t number) {
    const auto& all = lint.source().restrictions;
    const Restriction& one = all[number];
    if (one.suspended || !one.networks || one.logins.empty() || !one.clients.empty()) return;
    for (std::size_t other = 0; other < number; ++other) {
        const Restriction& before = all[other];
        if (before.suspended || !before.networks || before.logins.empty() ||
            !before.clients.empty() || !subjects_contain(before.logins, one.logins) ||
            !disjoint(*before.networks, *one.networks))
            continue;
        lint.warn(one.place,
                  "the restriction " + in_backticks(one.id) + " and " + in_backticks(before.id) +
                      " at " + to_string(before.place) +
                      " exclude everything: they have no network in common",
                  "join their `networks` in one");
        return;
    }
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
        lint_conditions(lint, restriction);
        // Long lists of suspensions come from tools, which do not repeat themselves.
        if (restrictions.size() > 2000) continue;
        lint_after_suspension(lint, restriction);
        lint_together(lint, i);
    }
}

}  // namespace relaypermit

// Warnings about grants to clients where another one for the same clients permits what a condition
// of the first keeps out: read by itself, the line of the first among those who may relay is a
// denial that does not hold. Grants add up, so the wider one counts.
#include <algorithm>
#include <optional>

#include "policy/conditions.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

// A sender of `one` all of whose addresses the other grants as well; null where there is none. A
// narrower sender of the other is an exception that somebody made on purpose.
const Pattern* sender_in_both(const Grant& one, const Grant& other, const std::string& delimiter) {
    for (const PlacedPattern& sender : one.senders)
        for (const PlacedPattern& wider : other.senders)
            if (sender_contains(wider.pattern, sender.pattern, delimiter)) return &sender.pattern;
    return nullptr;
}

// Whether `client` may use the other grant wherever it may use this one, and elsewhere too. Each
// with networks of its own they stand beside each other.
bool lifts_networks(const Grant& grant, const Grant& other, const Network& client) {
    return !grant.rare->networks.empty() && !networks_contain(grant.rare->networks, {client}) &&
           networks_contain(other.rare->networks, grant.rare->networks) &&
           !networks_contain(grant.rare->networks, other.rare->networks);
}

bool lifts_until(const Grant& grant, const Grant& other) {
    return grant.rare->until && (!other.rare->until || *other.rare->until > *grant.rare->until);
}

bool lifts_since(const Grant& grant, const Grant& other) {
    return grant.rare->since && (!other.rare->since || *other.rare->since < *grant.rare->since);
}

// A grant of From alone beside one of the envelope is how the two are told apart, but for one of
// the same senders.
bool lifts_from(const Grant& grant, const Grant& other, const std::string& delimiter) {
    if (grant.fields.from || !other.fields.from) return false;
    return other.fields.envelope ||
           std::all_of(other.senders.begin(), other.senders.end(), [&](const PlacedPattern& one) {
               return std::any_of(
                   grant.senders.begin(), grant.senders.end(), [&](const PlacedPattern& sender) {
                       return sender_contains(sender.pattern, one.pattern, delimiter);
                   });
           });
}

struct Lifted {
    std::string condition{};  // of the first
    std::string instead{};    // what the other lets pass
    std::string_view key{};
};

std::optional<Lifted> lifted_by(const Grant& grant, const Grant& other, const Network& client,
                                const std::string& delimiter) {
    if (lifts_from(grant, other, delimiter))
        return Lifted{"grants no From", "grants it a From", "fields"};
    if (!other.fields.envelope) return std::nullopt;
    if (lifts_networks(grant, other, client))
        return Lifted{"is limited to its `networks`", "permits it from elsewhere too", "networks"};
    if (lifts_until(grant, other))
        return Lifted{"ends on " + grant.rare->until_text, "goes on after that", "until"};
    if (lifts_since(grant, other))
        return Lifted{"begins on " + grant.rare->since_text, "permits it before that", "since"};
    return std::nullopt;
}

void lint_one(Lint& lint, const Grant& grant) {
    const std::string& delimiter = lint.source().subaddress_delimiter;
    for (const Grant& other : lint.source().grants) {
        if (&other == &grant || other.rare->clients.empty() || is_over(*other.rare, lint.now()))
            continue;
        // Then the grant is idle, which is said elsewhere.
        if (grant_contains(other, grant, delimiter)) continue;
        const Pattern* sender = sender_in_both(grant, other, delimiter);
        if (sender == nullptr) continue;
        for (const PlacedNetwork& client : grant.rare->clients) {
            if (!subjects_contain(other.rare->clients, {client})) continue;
            const auto lifted = lifted_by(grant, other, client.network, delimiter);
            if (!lifted) continue;
            lint.warn(
                grant.place,
                "the grant " + in_backticks(grant.id) + " to " +
                    in_backticks(to_string(client.network)) + " " + lifted->condition +
                    ", but for " + in_backticks(sender->text()) + " " + in_backticks(other.id) +
                    " at " + to_string(other.place) + " " + lifted->instead,
                "grants add up: give both the same " + in_backticks(std::string(lifted->key)) +
                    ", or take the sender out of one");
            return;
        }
    }
}

}  // namespace

void lint_lifted(Lint& lint) {
    const auto& grants = lint.source().grants;
    const auto of_clients = std::count_if(grants.begin(), grants.end(), [](const Grant& grant) {
        return !grant.rare->clients.empty();
    });
    // Written by hand; those of a generated policy of thousands are left alone.
    if (of_clients > 500) return;
    for (const Grant& grant : grants) {
        const bool has_condition = !grant.rare->networks.empty() || grant.rare->until ||
                                   (grant.rare->since && !has_begun(*grant.rare, lint.now())) ||
                                   !grant.fields.from;
        if (grant.rare->clients.empty() || !grant.fields.envelope || !has_condition ||
            is_over(*grant.rare, lint.now()))
            continue;
        lint_one(lint, grant);
    }
}

}  // namespace relaypermit

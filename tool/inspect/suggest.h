// The smallest set of [[alias]] entries that would have let through what was refused for want of
// one. Whoever sends like a stolen account is left out and named (abuse.h). Pure; one thread.
//
// "Smallest": exact addresses; a pattern only where one login uses several addresses of a hosted
// domain in which nobody has an account, or several subaddresses of one address; logins that need
// the same share an entry. Nothing is granted that nobody was refused, but for what a pattern says.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/decision.h"
#include "tool/inspect/rejudge.h"

namespace relaypermit {

struct Suggestion {
    Grant grant{};             // with an id that the policy does not have yet
    std::uint64_t refusals{};  // that it would have prevented, alone or with others
    std::map<std::string, std::uint64_t> people{};  // of these, by login
    TimePoint first{};
    TimePoint last{};
    // What it permits beyond what was refused: "every other address at shop.example.com". Empty:
    // nothing.
    std::vector<std::string> also_permits{};
    // What to think of before pasting it: "bob@example.com is somebody's login".
    std::vector<std::string> doubts{};
};

struct LeftOut {
    std::string login{};
    std::string what{};  // the address, as recorded
    std::string why{};
    std::uint64_t refusals{};
};

struct Suggestions {
    std::vector<Suggestion> entries{};  // the most refusals first
    std::vector<Suspect> suspects{};
    std::vector<LeftOut> left_out{};
    std::uint64_t refusals{};          // for want of a grant, by logins that are not suspected
    std::uint64_t prevented{};         // of these, with all entries
    std::uint64_t permitted_by_now{};  // of these, the policy as it is permits already
};

class Suggester {
  public:
    static constexpr std::size_t several = 3;

    // `policy` must outlive it. `now` is when the entries would take effect.
    Suggester(const Policy& policy, TimePoint now, Ask ask = {})
        : policy_(policy), now_(now), ask_(std::move(ask)) {}

    // All decisions, accepted ones too: they tell who has an account.
    void add(const Decision& decision);
    // One from before the time that is asked about (AbuseWatch::lookback): for suspicion alone.
    void watch(const Decision& decision) { watch_.add(decision); }
    [[nodiscard]] Suggestions finish() const;

  private:
    // Refusals that differ in nothing that a grant depends on.
    struct Refused {
        Record record{};
        std::uint64_t count{};
        TimePoint first{};
        TimePoint last{};
    };

    // Fills in what the entries, in their order, would have prevented; adds to left_out what is
    // refused all the same.
    void announce(const std::vector<const Refused*>& basis, Suggestions& result) const;

    const Policy& policy_;
    TimePoint now_;
    Ask ask_;
    std::map<std::string, Refused> refused_{};
    std::set<std::string> logins_{};  // in lower case
    AbuseWatch watch_{};
};

}  // namespace relaypermit

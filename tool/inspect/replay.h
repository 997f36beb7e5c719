// What another policy would have made of the decisions on record: changes, grouped. Pure; one
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "tool/inspect/decision.h"
#include "tool/inspect/rejudge.h"

namespace relaypermit {

// Decisions that change in the same way.
struct ChangeGroup {
    static constexpr std::size_t max_examples = 3;

    Change change{};
    Stage stage{};  // of the recorded decision
    Outcome was{};
    std::optional<Cause> before{};  // none: it was accepted
    Outcome becomes{};
    std::optional<Cause> after{};      // none: no objection
    std::vector<std::string> rules{};  // that permit, or that refuse, under the new policy
    std::uint64_t count{};
    std::set<std::string> people{};
    std::vector<Decision> examples{};  // of different people, as far as there are
};

class Replay {
  public:
    // `policy` must outlive it.
    explicit Replay(const Policy& policy, Ask ask = {}) : policy_(policy), ask_(std::move(ask)) {}

    void add(const Decision& decision);

    // Most severe first: newly refused, newly permitted, the rest; within each the most frequent.
    [[nodiscard]] std::vector<ChangeGroup> groups() const;
    [[nodiscard]] std::uint64_t decisions() const { return decisions_; }
    [[nodiscard]] std::uint64_t changed() const { return changed_; }
    // Not judged, by reason.
    [[nodiscard]] const std::map<Unjudged, std::uint64_t>& unjudged() const { return unjudged_; }
    // Messages with recipients that are not on record: judged by those that are.
    [[nodiscard]] std::uint64_t without_all_recipients() const { return without_recipients_; }

  private:
    const Policy& policy_;
    Ask ask_;
    std::map<std::string, ChangeGroup> groups_{};
    std::uint64_t decisions_{};
    std::uint64_t changed_{};
    std::uint64_t without_recipients_{};
    std::map<Unjudged, std::uint64_t> unjudged_{};
};

}  // namespace relaypermit

// What the questions of one stage have objected to, and what comes of it: the first objection whose
// action refuses is the verdict, monitored ones before it are noted. Pure; one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace relaypermit {

// A cause, and what its reply and record say of it.
struct Objection {
    Cause cause{};
    std::string rule{};  // the restriction that refused, or the table that did not answer
    std::string text{};  // the restriction's own
    std::string from{};
    std::string why{};
    Reason reason{};
    std::string instead{};
};

class Objections {
  public:
    Objections(const Policy& policy, const Facts& facts, const Reading& reading, Mode mode)
        : policy_(policy), facts_(facts), reading_(reading), mode_(mode) {}

    // Whether the cause does anything; what does not need not be looked into.
    [[nodiscard]] bool asked(Cause cause) const { return action(cause) != Action::off; }

    // Both return true where this is the verdict and no further question matters.
    [[nodiscard]] bool add(Objection objection);
    // lookup-failed in place of the cause that a table left undecided. A cause that only monitors
    // must not refuse mail because its table is down.
    [[nodiscard]] bool add_undecided(Cause undecided, const std::string& table);

    // Writes outcome, cause, rules and the words of the reply; leaves an acceptance alone. Once.
    void conclude(Verdict& verdict);

  private:
    // Effective: mode = "monitor" turns every refusal into a record.
    [[nodiscard]] Action action(Cause cause) const;
    void note(Objection objection);

    const Policy& policy_;
    const Facts& facts_;
    const Reading& reading_;
    const Mode mode_;
    std::vector<Objection> noted_{};
    std::optional<Outcome> final_{};  // of the last one noted
};

}  // namespace relaypermit

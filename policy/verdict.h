// What evaluate() answers. A value; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cause.h"
#include "policy/question.h"
#include "policy/reason.h"

namespace relaypermit {

enum class Outcome : std::uint8_t {
    accept,
    reject,
    tempfail,
    monitor,     // accepted, and would have been refused
    mta_reject,  // the MTA itself refused to relay; recorded with our diagnosis
};
[[nodiscard]] std::string_view to_string(Outcome outcome);  // "mta-reject"
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view text);

struct Verdict {
    Outcome outcome{Outcome::accept};
    // Why; none for accept. For monitor the first cause that would have refused.
    std::optional<Cause> cause{};
    Stage stage{};
    // Further causes that monitored ones noted, in order, without `cause`.
    std::vector<Cause> also{};
    // accept: the grants that were used at this stage, in order, each once ("own-address",
    // "trusted-network", "bounce", ids of aliases and tables). A refusal, monitored or not: the
    // restriction that refused, or the table that did not answer; else none.
    std::vector<std::string> rules{};

    // What the text of the reply fills in, for humans: as address.h prints, "<>" for the null
    // sender, empty where there is none.
    std::string login{};
    std::string sender{};
    std::string from{};  // the first address that is not owned; else the first of From
    std::string recipient{};
    // What to use in place of what was refused, where it is known: an address that the login owns,
    // the correct spelling of one, a way to log in as mail programs name it.
    std::string instead{};
    // The restriction's own text for the reply; empty: the cause's.
    std::string text{};
    // Which of the cause's remedies is the right one, where its text alone would not say it.
    Reason reason{};
    std::string why{};  // a detail for the trace: why From or the login is unusable

    // What the verdict turns on, each once. Where this is not empty the verdict is not final: find
    // it out, add the answers to the facts and evaluate again.
    std::vector<Question> questions{};
    // The recipient is delivered here although the policy names its domain nowhere.
    bool unlisted_recipient{};
    std::string unlisted_domain{};

    [[nodiscard]] bool refused() const {
        return outcome == Outcome::reject || outcome == Outcome::tempfail;
    }
};

}  // namespace relaypermit

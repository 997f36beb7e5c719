// A decision with all that it takes: where a verdict turns on what the facts do not say, this is
// the one place that asks and goes on.
//
//   callback -> session collects Facts -> decide(policy, facts, reading, stage, ask) -> Verdict ->
//   reply, record
//
// Pure but for `ask`; any thread whose `ask` is.
#pragma once

#include <functional>
#include <vector>

#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/question.h"
#include "policy/reading.h"
#include "policy/verdict.h"

namespace relaypermit {

// Puts an answer to each of the questions into the facts, about their login. What could not be
// found out is an answer too: a table's has known = false.
using Ask = std::function<void(const std::vector<Question>& questions, Facts& facts)>;

// Reads on to this stage (read_on()), evaluates it, and asks for what the verdict turns on until
// it turns on nothing new; the answers are kept in the facts, for the stages to come. Without
// `ask` the verdict says in `questions` what it would have asked.
[[nodiscard]] Verdict decide(const Policy& policy, Facts& facts, Reading& reading, Stage stage,
                             const Ask& ask, Mode mode = Mode::of_policy);

// Why the MTA refused to relay to the last recipient, as far as the policy can tell: the cause
// that stands at Stage::rcpt or, where relaying is not what the policy objects to, at Stage::mail.
// Outcome::mta_reject; without a cause where the policy sees nothing wrong (the MTA's own
// configuration is stricter than the policy, which an admin wants to know).
[[nodiscard]] Verdict diagnose_mta_reject(const Policy& policy, const Facts& facts,
                                          const Ask& ask = {});

// For an explanation, which shows the answer of every table whether the verdict turns on it or not.
void ask_every_table(const Policy& policy, Facts& facts, const Ask& ask);

}  // namespace relaypermit

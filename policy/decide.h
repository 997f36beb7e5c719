// A decision with all that it takes: where a verdict turns on what the facts do not say, this is
// the one place that asks and goes on.
//
//   callback -> session collects Facts -> decide(policy, facts, reading, stage, ask) -> Verdict ->
//   reply, record
//
// Pure but for `ask`; any thread whose `ask` is.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/reading.h"
#include "policy/verdict.h"

namespace relaypermit {

// One answer for each of `tables` (ids of [[alias_table]]) about the login of the facts. A lookup
// that failed is an answer with known = false.
using Ask = std::function<std::vector<TableAnswer>(const std::vector<std::string>& tables,
                                                   const Facts& facts)>;

// Reads on to this stage (read_on()), evaluates it, and asks for the tables that the verdict turns
// on until it turns on none; their answers are kept in the facts, for the stages to come. Without
// `ask` the verdict says in tables_needed what it would have asked.
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

// A second evaluator, written from the documented behaviour alone and for reading: plain loops
// over the rules, patterns read from their text each time. The engine must agree with it on random
// policies and facts (evaluate_random_test.cpp). It shares with the engine only what has proofs of
// its own: the readers of addresses, header fields, logins, networks and domains.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/policy_source.h"
#include "policy/verdict.h"

namespace relaypermit {

struct NaiveVerdict {
    Outcome outcome{Outcome::accept};
    std::optional<Cause> cause{};
    std::vector<Cause> also{};
    std::vector<std::string> rules{};
    // As far as it is about rights and logins; none for what is read from the sender's domain or
    // from an unusable From.
    Reason reason{};
};

[[nodiscard]] std::string describe(const NaiveVerdict& verdict);

// A verdict without the reasons that the naive evaluator does not look into.
[[nodiscard]] Verdict without_readings(Verdict verdict);

// Every table of the policy counts as asked: one without an answer in the facts has failed.
[[nodiscard]] NaiveVerdict naive_evaluate(const PolicySource& policy, const Facts& facts,
                                          Stage stage);

}  // namespace relaypermit

// Policies, facts and verdicts in the message of a failed test: near enough to a policy file and to
// a log line to be read.
#pragma once

#include <string>

#include "policy/facts.h"
#include "policy/policy_source.h"
#include "policy/verdict.h"

namespace relaypermit {

[[nodiscard]] std::string describe(const PolicySource& policy);
[[nodiscard]] std::string describe(const Facts& facts);
[[nodiscard]] std::string describe(const Verdict& verdict);

}  // namespace relaypermit

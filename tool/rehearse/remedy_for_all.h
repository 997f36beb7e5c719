// What would permit a refused message, and the like of it to all logins of its domain: the policy
// forgot a domain or a realm. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "policy/policy.h"
#include "policy/reading.h"
#include "policy/verdict.h"

namespace relaypermit {

struct RemedyForAll {
    std::string advice{};  // as those of Remedy
    std::string alias{};   // an [[alias]] entry; empty where a setting is what is missing
    PolicySource changed{};
};

// A setting that lacks the login's domain, tried on the policy.
[[nodiscard]] std::optional<RemedyForAll> remedy_for_a_domain(const Policy& policy,
                                                              const Facts& facts,
                                                              const Reading& reading,
                                                              const Verdict& refused);
// A realm that owns nothing is another name of accounts here: what one of its logins lacks, all of
// them do.
[[nodiscard]] std::optional<RemedyForAll> remedy_for_a_realm(const Policy& policy,
                                                             const Facts& facts,
                                                             const Reading& reading,
                                                             const Verdict& refused);
// What to think of before the login alone is granted what it lacks: a rule for all, or none. Empty
// where there is nothing.
[[nodiscard]] std::string besides_a_rule(const Policy& policy, const Facts& facts,
                                         const Reading& reading, const Verdict& refused);

}  // namespace relaypermit

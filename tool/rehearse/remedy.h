// The smallest change that would permit a refused message, tried on the policy before it is said.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/verdict.h"

namespace relaypermit {

struct Remedy {
    // What to do, one sentence each; lower case, no period. "or ..." stands in place of the one
    // before, "and then ..." is what is refused next once those are done.
    std::vector<std::string> advice{};
    // An [[alias]] entry, ready to paste; empty where none helps.
    std::string alias{};
    // With the entry, and all that the advice could try, the message is still refused, for this
    // cause: the rest is for the mail program.
    std::optional<Cause> still{};
};

// Grants that would permit the message but for conditions of their own (`since`, `until`,
// `networks`, `fields`), as advice: "give `shop` at policy.toml:9:1 a later `until`".
[[nodiscard]] std::vector<std::string> failed_conditions(const Policy& policy, const Facts& facts);

// Of a verdict that play() gave of `facts`; empty for an accepted message.
[[nodiscard]] Remedy remedy_for(const Policy& policy, const Facts& facts, const Verdict& verdict);

}  // namespace relaypermit

// The [[alias]] that would give a refused session the senders that it lacks. Pure; any thread.
#pragma once

#include <optional>

#include "policy/policy.h"
#include "policy/verdict.h"

namespace relaypermit {

// Whether a refusal is one that a grant can lift.
[[nodiscard]] bool is_about_rights(Cause cause);

// A grant to this login or client alone, of the senders alone that `refused`, and what play() says
// once that is lifted, find missing, in no more fields than need it. nullopt where no grant helps.
// A login or sender that reads as a wildcard or a template is written as a regex.
[[nodiscard]] std::optional<Grant> missing_alias(const Policy& policy, const Facts& facts,
                                                 const Verdict& refused);

}  // namespace relaypermit

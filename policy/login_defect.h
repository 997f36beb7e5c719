// What is wrong with a login as such, as a reason, whatever it would send as. Pure; any thread.
#pragma once

#include "policy/cause.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/reading.h"
#include "policy/reason.h"

namespace relaypermit {

[[nodiscard]] Reason login_defect(const Policy& policy, const Facts& facts, const Reading& reading);

// Whether a refusal for this cause is for the defect of the login, where there is one.
[[nodiscard]] bool is_about_ownership(Cause cause);

}  // namespace relaypermit

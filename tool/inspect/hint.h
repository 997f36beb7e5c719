// What has to change so that a refusal does not come again, in words for the admin. Pure; any
// thread.
#pragma once

#include <string_view>

#include "policy/cause.h"
#include "tool/inspect/login_failure.h"

namespace relaypermit {

// One sentence part, lower case, no period. `trouble` is what the MTA's log adds.
[[nodiscard]] std::string_view what_to_change(Cause cause,
                                              LoginTrouble trouble = LoginTrouble::none);

}  // namespace relaypermit

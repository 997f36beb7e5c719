// The rows of `who --login` about what the exceptions of causes let a login send. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "tool/rehearse/who.h"

namespace relaypermit {

// "where the envelope sender is list@example.com, by except_senders"
[[nodiscard]] std::string by_senders(const CauseExceptions& except);

// What [cause.<id>] except_* lets a login send. `senders`: what the cause is about, in words.
[[nodiscard]] std::vector<Permission> excepted_for(const Policy& policy, Cause cause,
                                                   const Login& login, const std::string& senders);

}  // namespace relaypermit

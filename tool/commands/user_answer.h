// explain REF --for-user: from the decisions of a reference to what the help desk answers. One
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "tool/base/command.h"
#include "tool/inspect/decisions.h"

namespace relaypermit {

// Prints the answer for the first of `found` by which somebody was refused; `decisions` is where
// they came from. `language`: nullopt is the guide's first. `loaded` has a policy.
[[nodiscard]] Exit answer_user(const Context& context, const Loaded& loaded, Decisions& decisions,
                               const std::vector<Decision>& found, const std::string& reference,
                               const std::optional<std::string>& language);

}  // namespace relaypermit

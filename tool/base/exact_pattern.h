// One login or address written into a policy file so that it means itself and nothing else. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/pattern.h"

namespace relaypermit {

// Whether a policy file with these groups reads the text as the login or address that it is.
[[nodiscard]] bool reads_as_itself(std::string_view text, PatternRole role,
                                   const std::vector<std::string>& groups = {});

}  // namespace relaypermit

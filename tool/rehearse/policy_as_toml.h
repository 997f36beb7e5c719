// A whole policy written out as TOML: what was left out of the file stands with its default, and
// what has no value that a file could hold as a comment. Reading the text gives the same policy;
// [[test]] entries are no part of it. Pure; any thread.
#pragma once

#include <string>

#include "config/load.h"

namespace relaypermit {

// `loaded` has a policy.
[[nodiscard]] std::string policy_as_toml(const Loaded& loaded);

}  // namespace relaypermit

// Suggestions as a page: a file to paste, or JSON. Pure but for TZ; any thread.
#pragma once

#include <string>

#include "tool/inspect/suggest.h"

namespace relaypermit {

// As a file of policy.d, comments and all.
[[nodiscard]] std::string suggestions_as_toml(const Suggestions& suggestions, TimePoint since,
                                              TimePoint until);
[[nodiscard]] std::string suggestions_as_json(const Suggestions& suggestions);

}  // namespace relaypermit

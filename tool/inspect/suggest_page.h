// Suggestions as a page: a file to paste, or JSON. Pure but for TZ; any thread.
#pragma once

#include <string>
#include <string_view>

#include "tool/inspect/suggest.h"

namespace relaypermit {

// As a file of policy.d, comments and all; the settings, which stand in another, are comments.
[[nodiscard]] std::string suggestions_as_toml(const Suggestions& suggestions, TimePoint since,
                                              TimePoint until, std::string_view server = {});
[[nodiscard]] std::string suggestions_as_json(const Suggestions& suggestions);

}  // namespace relaypermit

// An error or a warning of a policy on the terminal. Pure; any thread.
#pragma once

#include <string>

#include "config/diagnostic.h"
#include "tool/base/terminal.h"

namespace relaypermit {

// "policy.toml:12:9: warning: text (help)", the severity in its colour.
[[nodiscard]] std::string painted(const Diagnostic& diagnostic, const Terminal& terminal);

}  // namespace relaypermit

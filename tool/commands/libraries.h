// The libraries of relaypermit(1), for --version. One thread.
#pragma once

#include "config/version.h"

namespace relaypermit {

[[nodiscard]] Libraries tool_libraries();

}  // namespace relaypermit

// The libraries of relaypermitd(8), for -V. One thread.
#pragma once

#include "config/version.h"

namespace relaypermit {

[[nodiscard]] Libraries daemon_libraries();

}  // namespace relaypermit

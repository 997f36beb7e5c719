// What this machine calls itself. Any thread.
#pragma once

#include <string>

namespace relaypermit {

// The default of [server] name; "localhost" where the system does not say.
[[nodiscard]] std::string host_name();

}  // namespace relaypermit

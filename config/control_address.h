// Where a daemon has its control socket: the daemon and the tool derive it from the policy alone.
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace relaypermit {

// Several daemons may share a path: each takes the first that is free of PATH, PATH.2, PATH.3 ...
inline constexpr int most_daemons_of_a_path = 16;
// PATH, PATH.2, ...; `number` counts from 1.
[[nodiscard]] std::string numbered_control_path(const std::string& path, int number);

// The paths at which it may be, in the order in which the daemon tries them: that of [listen]
// control; where this is the default and cannot be had (no /run/relaypermit), PATH.control beside
// a unix socket of [listen]. None: it is not wanted.
[[nodiscard]] std::vector<std::string> control_paths(const ListenSettings& listen);

// The path of a unix socket as [listen] writes it; "" for any other.
[[nodiscard]] std::string unix_path_of(const std::string& address);

}  // namespace relaypermit

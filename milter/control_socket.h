// The daemon's control socket (config/control_address.h). Opened by main() before any thread
// starts.
#pragma once

#include <optional>
#include <vector>

#include "config/settings.h"
#include "milter/listener.h"
#include "milter/log.h"

namespace relaypermit {

// The first of its paths that is free, mode 0660, of the process's own group whatever group its
// directory hands down. nullopt where it is not wanted, or cannot be made anywhere: an error in the
// log says why, and mail is served all the same.
[[nodiscard]] std::optional<Listener> open_control(const ListenSettings& listen,
                                                   const std::vector<InheritedSocket>& inherited,
                                                   Log& log);

}  // namespace relaypermit

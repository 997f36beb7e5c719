// Tells the running daemon to read its policy again. It is found by the lock file that it holds
// beside each of its unix sockets, PATH.lock, into which it writes its process id: a lock cannot
// outlive its holder, so a stale id is never signalled. One thread.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "config/settings.h"

namespace relaypermit {

// The process id that was sent SIGHUP. The error is a clause ("no relaypermitd holds
// /run/x.sock.lock", "process 812 cannot be signalled: operation not permitted").
[[nodiscard]] tl::expected<int, std::string> reload_daemon(const ListenSettings& listen);

}  // namespace relaypermit

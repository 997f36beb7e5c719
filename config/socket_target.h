// Where a socket of the daemon is to be reached: an address of [listen] as connect(2) takes it.
// Asks the resolver for names; any thread.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

namespace relaypermit {

struct SocketTarget {
    sockaddr_storage storage{};
    socklen_t length{};
};

// Empty with a reason in `why`.
[[nodiscard]] std::optional<SocketTarget> socket_target(const std::string& text, std::string& why);

}  // namespace relaypermit

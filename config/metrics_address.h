// Where [metrics] listen has the daemon be read: on this machine alone, because nobody is asked
// who they are there. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/socket_address.h"

namespace relaypermit {

// What may be written, for a message about what may not.
inline constexpr std::string_view metrics_address_sample =
    "as in 127.0.0.1:9797, [::1]:9797 or unix:/run/relaypermit/metrics.sock";

// Reads ADDRESS:PORT of a loopback address (or localhost), and what parse_socket_address() does of
// such addresses and of unix sockets. The address comes back as a number. The error is a clause.
[[nodiscard]] tl::expected<SocketAddress, std::string> parse_metrics_address(std::string_view text);

}  // namespace relaypermit

// Asks a daemon over its control socket (config/control_protocol.h). One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "config/control_protocol.h"

namespace relaypermit {

struct ControlFault {
    bool answered{};      // it runs, and says why it cannot
    bool nobody{};        // nobody listens there: no socket, or one that a dead daemon left
    std::string why{};    // a clause
    std::int64_t peer{};  // as in ControlAnswer
    bool denied{};        // who asks may not connect
};

// For what a daemon has at hand, and for a reload of a large policy.
inline constexpr std::chrono::seconds control_wait{5};
inline constexpr std::chrono::seconds reload_wait{60};

// Connects, asks, and waits for the answer for as long as `wait` at the most. A daemon that
// answers with a fault is a fault.
[[nodiscard]] tl::expected<ControlAnswer, ControlFault> ask_daemon(const std::string& path,
                                                                   const ControlRequest& request,
                                                                   std::chrono::milliseconds wait);

}  // namespace relaypermit

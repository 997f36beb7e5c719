// systemd's watchdog (WatchdogSec=; sd_watchdog_enabled(3)). The serving process asks its own front
// ends, and says WATCHDOG=1 only after they have answered; the watching one (supervisor.h) hands
// that on, and has another process serve where it fails to come.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/probe.h"
#include "milter/log.h"
#include "milter/notify.h"

namespace relaypermit {

// $WATCHDOG_USEC, where $WATCHDOG_PID is this process or nobody; nullopt: nobody watches. Reads the
// environment; call before threads start.
[[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_limit();

// How long the process that serves may be silent. Pure.
class Patience {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // Over after three quarters of `limit`: before systemd ends both processes.
    explicit Patience(std::chrono::milliseconds limit) : length_(limit * 3 / 4) {}

    // A process begins, and is not watched before its first answer: it may have much to read.
    void begin() { until_.reset(); }
    void answered(Time now) { until_ = now + length_; }
    // When to look at is_over() next.
    [[nodiscard]] std::optional<Time> until() const { return until_; }
    // Then it does not come again before the next answer. A look that is late by more than a second
    // was held up itself, as all of the service is while it is frozen: it begins anew.
    [[nodiscard]] bool is_over(Time now);
    [[nodiscard]] std::chrono::milliseconds length() const { return length_; }

  private:
    std::chrono::milliseconds length_;
    std::optional<Time> until_{};
};

struct WatchedSocket {
    Protocol protocol{};
    std::string address{};
};

// Whether the front ends answer: each of mail servers that can be asked must; where none can, the
// control socket. One that refuses or hangs up is alive. One thread.
class SelfCheck {
  public:
    using Ask = std::function<Probe(Protocol protocol, const std::string& address)>;

    SelfCheck(std::vector<WatchedSocket> sockets, Log& log, Ask ask)
        : sockets_(std::move(sockets)), log_(log), ask_(std::move(ask)) {}

    // False: one is silent. Where nobody can be asked, which is said once, nothing speaks against
    // it.
    [[nodiscard]] bool answered();

  private:
    std::vector<WatchedSocket> sockets_;
    Log& log_;
    Ask ask_;
    bool said_blind_{};
};

// How long after a check the next one is due, and how long a socket may take. Together they leave a
// process that answers on every socket in that time alive, and one that fails two more chances.
[[nodiscard]] constexpr std::chrono::milliseconds between_checks(std::chrono::milliseconds limit) {
    return limit / 4;
}
[[nodiscard]] constexpr std::chrono::milliseconds longest_answer(std::chrono::milliseconds limit) {
    return limit / 8;
}

// Checks at once and then after each between_checks(), and once a second after a check that failed,
// in a thread of its own that lasts as long as the process.
void start_watchdog(std::chrono::milliseconds limit, std::vector<WatchedSocket> sockets,
                    const ServiceManager& manager, Log& log);

}  // namespace relaypermit

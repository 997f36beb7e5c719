// What the daemon tells systemd (sd_notify(3), Type=notify): a datagram to $NOTIFY_SOCKET. By
// hand, because the protocol is this small and stable, and without systemd it is nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace relaypermit {

inline constexpr std::string_view watchdog_message = "WATCHDOG=1\n";

class ServiceManager {
  public:
    // How a message gets there. Failures are of no interest: the worst is that systemd waits and
    // gives up.
    using Send = std::function<void(const std::string& message)>;

    explicit ServiceManager(Send send) : send_(std::move(send)) {}
    // To $NOTIFY_SOCKET: a path, or @NAME of the abstract namespace; without one there is nobody to
    // tell.
    [[nodiscard]] static ServiceManager from_environment();

    // READY=1, also after a reload.
    void ready(std::string_view status) const;
    // RELOADING=1 with the monotonic time that systemd 253 asks for.
    void reloading() const;
    void stopping() const;
    // What answers has answered: see watchdog.h.
    void watched() const;
    // As it is.
    void send(const std::string& message) const { send_(message); }

  private:
    Send send_;
};

}  // namespace relaypermit

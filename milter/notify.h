// What the daemon tells systemd (sd_notify(3), Type=notify): a datagram to $NOTIFY_SOCKET. By
// hand, because the protocol is this small and stable, and without systemd it is nothing.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

class ServiceManager {
  public:
    // `socket` is $NOTIFY_SOCKET: a path, or @NAME of the abstract namespace; empty: nobody to
    // tell.
    explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}
    [[nodiscard]] static ServiceManager from_environment();

    // READY=1, also after a reload.
    void ready(std::string_view status) const;
    // RELOADING=1 with the monotonic time that systemd 253 asks for.
    void reloading() const;
    void stopping() const;

  private:
    // Failures are of no interest: the worst is that systemd waits and gives up.
    void send(const std::string& message) const;

    std::string socket_;
};

}  // namespace relaypermit

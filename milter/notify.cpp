#include "milter/notify.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>

namespace relaypermit {

namespace {

void send_to(const std::string& socket, const std::string& message) {
    sockaddr_un address{};
    if (socket.empty() || socket.size() >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, socket.size());
    if (socket.front() == '@') address.sun_path[0] = '\0';
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    // The watching process waits for nobody; a message that is lost is systemd's to miss.
    const timeval patience{0, 300'000};
    (void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size() +
                                               (socket.front() == '@' ? 0 : 1));
    [[maybe_unused]] const auto sent =
        ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
    ::close(fd);
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
    const char* socket = std::getenv("NOTIFY_SOCKET");  // NOLINT: no threads yet
    return ServiceManager([to = std::string(socket == nullptr ? "" : socket)](
                              const std::string& message) { send_to(to, message); });
}

void ServiceManager::ready(std::string_view status) const {
    send("READY=1\nSTATUS=" + std::string(status) + "\n");
}

void ServiceManager::reloading() const {
    // CLOCK_MONOTONIC, which is what steady_clock is here.
    const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot.count()) + "\n");
}

void ServiceManager::stopping() const {
    send("STOPPING=1\n");
}

void ServiceManager::watched() const {
    send(std::string(watchdog_message));
}

}  // namespace relaypermit

#include "tool/base/control_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace relaypermit {
namespace {

constexpr std::size_t max_answer = std::size_t{16} * 1024 * 1024;  // bytes

using Deadline = std::chrono::steady_clock::time_point;

class OpenSocket {
  public:
    OpenSocket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
    ~OpenSocket() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenSocket(const OpenSocket&) = delete;
    OpenSocket& operator=(const OpenSocket&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

// Whether the socket is ready before the deadline.
bool wait_for(int fd, short events, Deadline deadline) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd polled{fd, events, 0};
        const int ready =
            ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

tl::unexpected<ControlFault> fault(std::string why, bool nobody = false) {
    return tl::make_unexpected(ControlFault{false, nobody, std::move(why), 0, false});
}

std::string in_words(std::chrono::milliseconds wait) {
    const bool whole = wait.count() % 1000 == 0;
    return whole ? std::to_string(wait.count() / 1000) + " s"
                 : std::to_string(wait.count()) + " ms";
}

// Who called listen(2); of a socket that systemd hands over that is systemd.
std::int64_t peer_of(int fd) {
    ucred peer{};
    socklen_t length = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

tl::unexpected<ControlFault> no_connection(int error) {
    if (error == EACCES)
        return tl::make_unexpected(ControlFault{
            false, false,
            "permission denied (run this as root, or as a member of the daemon's group)", 0, true});
    if (error == EAGAIN) return fault("it takes no connections: the daemon hangs, or is very busy");
    return fault(std::strerror(error), error == ENOENT || error == ECONNREFUSED);
}

tl::expected<ControlAnswer, ControlFault> ask(const OpenSocket& connection,
                                              const ControlRequest& request,
                                              std::chrono::milliseconds wait) {
    const Deadline deadline = std::chrono::steady_clock::now() + wait;
    const auto late = [&] {
        return fault("no answer within " + in_words(wait) + ": the daemon hangs, or is very busy");
    };
    const std::string asked = to_line(request);
    if (::send(connection.get(), asked.data(), asked.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(asked.size()))
        return fault("it hung up");
    std::string text;
    while (text.find('\n') == std::string::npos) {
        if (!wait_for(connection.get(), POLLIN, deadline)) return late();
        std::array<char, 65536> buffer;
        const ssize_t got = ::read(connection.get(), buffer.data(), buffer.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got <= 0) return fault("it hung up without an answer");
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > max_answer) return fault("its answer has no end");
    }
    auto answer = read_control_answer(text.substr(0, text.find('\n')));
    if (!answer) return fault("what answers is no relaypermitd");
    if (!answer->fault.empty())
        return tl::make_unexpected(ControlFault{true, false, answer->fault, 0, false});
    return *std::move(answer);
}

}  // namespace

tl::expected<ControlAnswer, ControlFault> ask_daemon(const std::string& path,
                                                     const ControlRequest& request,
                                                     std::chrono::milliseconds wait) {
    const OpenSocket connection;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (connection.get() < 0 ||
        ::connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        return no_connection(errno);
    auto answer = ask(connection, request, wait);
    (answer ? answer->peer : answer.error().peer) = peer_of(connection.get());
    return answer;
}

}  // namespace relaypermit

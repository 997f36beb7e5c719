#include "tables/stream.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace relaypermit {

namespace {

tl::unexpected<ConnectorFault> broken(std::string why) {
    return tl::make_unexpected(ConnectorFault{ConnectorFault::Of::connection, std::move(why)});
}

class Socket final : public Stream {
  public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    ~Socket() override { ::close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    ConnectorResult<void> connect(const sockaddr* address, socklen_t size,
                                  const Deadline& deadline) const {
        if (::connect(descriptor_, address, size) == 0) return {};
        // EAGAIN: a UNIX-domain socket whose queue is full, which cannot be waited for.
        if (errno != EINPROGRESS) return broken(std::strerror(errno));
        if (!deadline.wait(descriptor_, POLLOUT))
            return tl::make_unexpected(timed_out("connecting"));
        int error = 0;
        socklen_t length = sizeof error;
        if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
        if (error != 0) return broken(std::strerror(error));
        return {};
    }

    ConnectorResult<void> send(std::string_view bytes, const Deadline& deadline) override {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                if (!deadline.wait(descriptor_, POLLOUT))
                    return tl::make_unexpected(timed_out("sending the question"));
            } else if (errno != EINTR) {
                return broken(std::strerror(errno));
            }
        }
        return {};
    }

    ConnectorResult<std::size_t> receive(char* buffer, std::size_t size,
                                         const Deadline& deadline) override {
        while (true) {
            const ssize_t got = ::recv(descriptor_, buffer, size, 0);
            if (got > 0) return static_cast<std::size_t>(got);
            if (got == 0) return broken("the server closed the connection");
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                if (!deadline.wait(descriptor_, POLLIN))
                    return tl::make_unexpected(timed_out("waiting for the answer"));
            } else if (errno != EINTR) {
                return broken(std::strerror(errno));
            }
        }
    }

    bool is_quiet() override {
        pollfd one{descriptor_, POLLIN, 0};
        return ::poll(&one, 1, 0) == 0;
    }

  private:
    const int descriptor_;
};

struct FreeAddresses {
    void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

}  // namespace

OpenedStream connect_tcp(const std::string& host, std::uint16_t port, const Deadline& deadline) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
    in6_addr numeric{};
    // Else ::1 would be no address where a machine has no other of IPv6.
    if (::inet_pton(AF_INET6, host.c_str(), &numeric) == 1) wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error =
            ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
        error != 0)
        return broken(host + ": " + ::gai_strerror(error));
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    int left = 0;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) ++left;
    ConnectorFault last{ConnectorFault::Of::connection, "no address"};
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next, --left) {
        const int descriptor =
            ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (descriptor < 0) {
            last.why = std::strerror(errno);
            continue;
        }
        auto socket = std::make_unique<Socket>(descriptor);
        const int yes = 1;
        (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        const Deadline share(std::chrono::milliseconds(deadline.remaining_ms() / left));
        if (auto connected = socket->connect(one->ai_addr, one->ai_addrlen, share); !connected)
            last = std::move(connected.error());
        else
            return socket;
    }
    last.why = host + ":" + std::to_string(port) + ": " + last.why;
    if (last.of == ConnectorFault::Of::timeout) last.why = "timed out connecting to " + host;
    return tl::make_unexpected(std::move(last));
}

OpenedStream connect_unix(const std::string& path, const Deadline& deadline) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return broken("`" + path + "`: the path is too long");
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return broken(std::strerror(errno));
    auto socket = std::make_unique<Socket>(descriptor);
    if (auto connected =
            socket->connect(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
        !connected) {
        connected.error().why = "`" + path + "`: " + connected.error().why;
        return tl::make_unexpected(std::move(connected.error()));
    }
    return socket;
}

ConnectorResult<void> StreamReader::fill(const Deadline& deadline) {
    // Of a server that never stops, there is always something to read.
    if (deadline.passed()) return tl::make_unexpected(timed_out("reading the answer"));
    std::array<char, 16'384> piece{};
    auto got = stream_.receive(piece.data(), piece.size(), deadline);
    if (!got) return tl::make_unexpected(std::move(got.error()));
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_.append(piece.data(), *got);
    return {};
}

std::string StreamReader::take(std::size_t count) {
    std::string taken = buffer_.substr(at_, count);
    at_ += count;
    return taken;
}

ConnectorResult<std::string> StreamReader::until(std::string_view end, std::size_t most,
                                                 const Deadline& deadline) {
    while (true) {
        const std::size_t found = buffer_.find(end, at_);
        if (found != std::string::npos && found - at_ <= most) {
            std::string line = take(found - at_);
            at_ += end.size();
            return line;
        }
        if (buffer_.size() - at_ > most + end.size())
            return broken("the server does not speak the protocol");
        if (auto filled = fill(deadline); !filled)
            return tl::make_unexpected(std::move(filled.error()));
    }
}

ConnectorResult<std::string> StreamReader::bytes(std::size_t count, const Deadline& deadline) {
    while (buffer_.size() - at_ < count)
        if (auto filled = fill(deadline); !filled)
            return tl::make_unexpected(std::move(filled.error()));
    return take(count);
}

}  // namespace relaypermit

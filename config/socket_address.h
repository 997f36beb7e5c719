// Where a front end listens, as [listen] and -p write it: libmilter's own syntax and `fd:N`.
// Pure but for host names, which the resolver is asked for; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

namespace relaypermit {

struct UnixAddress {
    std::string path{};  // absolute
};

struct InetAddress {
    std::string host{};  // a name or a numeric address
    std::uint16_t port{};
    bool v6{};
};

// A socket that was opened before the daemon started (systemd's LISTEN_FDS, an inherited one).
struct InheritedAddress {
    int fd{};
};

using SocketAddress = std::variant<UnixAddress, InetAddress, InheritedAddress>;

// Reads unix:PATH, local:PATH, PATH alone, inet:PORT@HOST, inet6:PORT@HOST (HOST also in
// brackets), fd:N. The error says what to write instead. Without @HOST libmilter would listen on
// every interface; that has to be written out here (@0.0.0.0).
[[nodiscard]] tl::expected<SocketAddress, std::string> parse_socket_address(std::string_view text);

// As the daemon's messages name it: "unix:/run/x.sock", "inet:8891@127.0.0.1", "fd:3".
[[nodiscard]] std::string to_string(const SocketAddress& address);

}  // namespace relaypermit

#include "config/socket_target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <variant>

#include "config/socket_address.h"

namespace relaypermit {

std::optional<SocketTarget> socket_target(const std::string& text, std::string& why) {
    const auto address = parse_socket_address(text);
    if (!address) {
        why = address.error();
        return std::nullopt;
    }
    SocketTarget target;
    if (const auto* const unix_address = std::get_if<UnixAddress>(&*address)) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        if (unix_address->path.size() >= sizeof name.sun_path) {
            why = "the path is too long for a socket";
            return std::nullopt;
        }
        unix_address->path.copy(name.sun_path, unix_address->path.size());
        std::memcpy(&target.storage, &name, sizeof name);
        target.length = sizeof name;
        return target;
    }
    const auto* const inet = std::get_if<InetAddress>(&*address);
    if (inet == nullptr) {
        why = "only the daemon has it: name where it listens with --socket";
        return std::nullopt;
    }
    addrinfo hints{};
    hints.ai_family = inet->v6 ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error =
            ::getaddrinfo(inet->host.c_str(), std::to_string(inet->port).c_str(), &hints, &found);
        error != 0) {
        why = "`" + inet->host + "`: " + ::gai_strerror(error);
        return std::nullopt;
    }
    std::memcpy(&target.storage, found->ai_addr, found->ai_addrlen);
    target.length = found->ai_addrlen;
    ::freeaddrinfo(found);
    return target;
}

}  // namespace relaypermit

// Where a server of an alias table is: `url`, `ca_file` and `password_file` of a policy. Values;
// any thread.
#pragma once

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/placeholders.h"

namespace relaypermit {

struct TableUrl {
    std::string written{};
    std::string scheme{};
    std::string user{};    // decoded, as all below
    std::string host{};    // in lower case, without brackets; empty where there is a socket
    std::string socket{};  // its path (PostgreSQL's: of its folder)
    std::uint16_t port{};  // 0: the scheme's own
    std::string path{};    // without the first slash: a database, its number

    friend bool operator==(const TableUrl&, const TableUrl&) = default;
};

// SCHEME://[USER@]HOST[:PORT][/PATH]. A host that begins with a slash, written as %2F, is the path
// of a socket, as libpq and libldap have it. A fault: another scheme, a password (which belongs in
// password_file; it is not repeated), options behind a question mark.
[[nodiscard]] tl::expected<TableUrl, QueryFault> parse_table_url(
    std::string_view text, std::span<const std::string_view> schemes);

// Whether what is said to the server leaves this machine, and so has to be encrypted: neither a
// socket nor 127.0.0.0/8, ::1 or localhost.
// (Here, because modules of tables/ have no other code of this room.)
[[nodiscard]] inline bool travels(const TableUrl& url) {
    if (!url.socket.empty() || url.host == "localhost") return false;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, url.host.c_str(), &v6) == 1) return !IN6_IS_ADDR_LOOPBACK(&v6);
    in_addr v4{};
    if (::inet_pton(AF_INET, url.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) != 127;
    return true;
}

// What all servers have.
struct ServerSettings {
    TableUrl url{};
    std::string ca_file{};        // empty: the system's; a file asks for TLS on loopback too
    std::string password_file{};  // a path, or credential:NAME; empty: no password

    [[nodiscard]] bool wants_tls() const { return travels(url) || !ca_file.empty(); }

    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

}  // namespace relaypermit

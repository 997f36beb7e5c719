// A file or a socket as it lies on the disk, and who can use it. Reads the file system; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/probe.h"
#include "policy/facts.h"

namespace relaypermit {

struct PathFacts {
    std::string path{};
    bool exists{};
    bool hidden{};  // whether it exists is not for this user to see
    bool socket{};
    std::uint32_t mode{};  // permissions alone
    std::string owner{};   // "relaypermit:postfix"
    TimePoint changed{};
};

// Somebody for whom permissions are looked at.
struct UserFacts {
    std::string name{};
    std::uint32_t uid{};
    std::vector<std::uint32_t> groups{};
};

[[nodiscard]] PathFacts look_at_path(const std::string& path);
// nullopt: there is no such user.
[[nodiscard]] std::optional<UserFacts> look_up_user(const std::string& name);

// What keeps the user from connecting to this socket: the folder on the way that lets nobody in, or
// the socket itself, as "/run/x (root:root 0700)". Empty: nothing.
[[nodiscard]] std::string obstacle_to(const std::string& socket, const UserFacts& user);

// A socket that the mail server is told of, or that the policy names.
struct SocketFacts {
    std::string address{};   // as [listen] writes it
    PathFacts path{};        // of a unix socket
    std::string obstacle{};  // to the mail server's user
    ProbeEnd end{};          // what came of asking it here and now
    std::string why{};       // where nobody answered

    [[nodiscard]] bool answered() const { return end == ProbeEnd::answered; }
};

[[nodiscard]] SocketFacts look_at_socket(const std::string& address, Protocol protocol,
                                         const std::optional<UserFacts>& user);

// "relaypermit:postfix 0660"
[[nodiscard]] std::string permissions_of(const PathFacts& path);

}  // namespace relaypermit

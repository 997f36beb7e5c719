// A listening socket and the right to it. Opened by main() before any thread starts; the milter
// and every further front end accept on one of their own.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/socket_address.h"

namespace relaypermit {

// Why a socket could not be opened, for an admin: what, why, and where possible the command that
// mends it. `exit_code` is of sysexits(3).
struct ListenFault {
    std::string text{};
    int exit_code{};
};

struct ListenOptions {
    std::uint32_t mode{0660};  // of a unix socket
    std::string group{};       // of a unix socket; empty: the process's own
};

// A socket that somebody opened for us (systemd), by the name that getsockname() gives it.
struct InheritedSocket {
    int fd{};
    std::string name{};  // "unix:/run/x.sock", "inet:8891@127.0.0.1"
};

// Owns the socket's descriptor, its lock, and the file of a unix socket that it made.
class Listener {
  public:
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&& other) noexcept;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() { close(); }

    // Binds and listens. A unix socket is made with its mode and group from the first moment on,
    // and guarded by a lock beside it (PATH.lock, flock(2)): bind(2) alone would let a second
    // instance take the path from a living one. What a dead instance left behind is removed;
    // what is not a socket, or answers, is not. An address that one of `inherited` has already
    // is taken over, and then mode and group are its maker's business.
    [[nodiscard]] static tl::expected<Listener, ListenFault> open(
        const SocketAddress& address, const ListenOptions& options,
        const std::vector<InheritedSocket>& inherited = {});

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool is_unix() const { return is_unix_; }
    // Somebody else opened it.
    [[nodiscard]] bool is_inherited() const { return fd_ >= 0 && is_unix_ && path_.empty(); }
    [[nodiscard]] const std::string& name() const { return name_; }
    // As open() was given it.
    [[nodiscard]] const std::string& address() const { return address_; }

    // For the end of a process whose socket goes on listening: who connects from now on waits for
    // the next process, and whoever has fd() in poll(2) or accept(2) gets nobody more. What was
    // accepted stays. False where it is no unix socket that was inherited, or there is no
    // descriptor left to do it by.
    [[nodiscard]] bool leave_to_next() noexcept;

    // Removes the unix socket that open() made, closes the descriptors and gives the lock back.
    void close() noexcept;
    // The removal alone: for an end of the process in which other threads still use the
    // descriptor.
    void remove_path() noexcept;

  private:
    Listener() = default;

    int fd_{-1};
    int lock_fd_{-1};
    std::string path_{};  // of a unix socket that open() made; empty: none
    std::string name_{};
    std::string address_{};
    bool is_unix_{};
};

// The sockets that systemd hands over (LISTEN_PID, LISTEN_FDS; sd_listen_fds(3)). Reads the
// environment; call before threads start.
[[nodiscard]] std::vector<InheritedSocket> inherited_sockets();

}  // namespace relaypermit

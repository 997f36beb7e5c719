#include "milter/control_socket.h"

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "config/control_address.h"

namespace relaypermit {

namespace {

tl::expected<Listener, ListenFault> open_at(const std::string& path,
                                            const std::vector<InheritedSocket>& inherited) {
    // For the owner alone until the group is right.
    auto opened = Listener::open(UnixAddress{path}, {0600, {}}, inherited);
    if (!opened || opened->is_inherited()) return opened;
    struct stat made {};
    // It is of another group in a directory that hands its own down; else there is nothing to
    // change, and under the unit of systemd no call by which to.
    const bool group_is_right = ::lstat(path.c_str(), &made) == 0 && made.st_gid == ::getegid();
    if ((!group_is_right && ::chown(path.c_str(), static_cast<uid_t>(-1), ::getegid()) != 0) ||
        ::chmod(path.c_str(), 0660) != 0)
        return tl::make_unexpected(ListenFault{
            "cannot set the access to " + path + ": " + std::strerror(errno),  // NOLINT: no threads
            EX_NOPERM});
    return opened;
}

}  // namespace

std::optional<Listener> open_control(const ListenSettings& listen,
                                     const std::vector<InheritedSocket>& inherited, Log& log) {
    if (listen[Protocol::control].empty()) return std::nullopt;
    std::string why = "[listen] control is too long a path";
    bool first = true;
    for (const std::string& path : control_paths(listen)) {
        for (int number = 1; number <= most_daemons_of_a_path; ++number) {
            auto opened = open_at(numbered_control_path(path, number), inherited);
            if (opened) return std::move(*opened);
            if (std::exchange(first, false)) why = opened.error().text;
            if (opened.error().exit_code != EX_UNAVAILABLE) break;
        }
    }
    log.write(LogLevel::error,
              "there is no control socket, so nothing that relaypermit(1) does can "
              "be confirmed (suspend, reload, status): " +
                  why);
    return std::nullopt;
}

}  // namespace relaypermit

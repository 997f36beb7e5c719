#include "inspect/daemon_reload.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>

namespace relaypermit {
namespace {

std::string path_of(const std::string& address) {
    for (const std::string_view kind : {"unix:", "local:"})
        if (address.starts_with(kind)) return address.substr(kind.size());
    return {};
}

// The holder of a lock file, where somebody holds it; else why there is none.
tl::expected<int, std::string> holder_of(const std::string& lock_path) {
    const int lock = ::open(lock_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0)
        return tl::make_unexpected(errno == ENOENT
                                       ? "no relaypermitd listens beside " + lock_path
                                       : lock_path + " cannot be read: " + std::strerror(errno));
    const bool held = ::flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::array<char, 16> text{};
    const ssize_t length = ::pread(lock, text.data(), text.size(), 0);
    ::close(lock);  // releases the shared lock, too
    if (!held) return tl::make_unexpected("no relaypermitd holds " + lock_path);
    int pid = 0;
    const char* end = text.data() + (length > 0 ? length : 0);
    const auto [stop, fault] = std::from_chars(text.data(), end, pid);
    if (fault != std::errc{} || pid <= 1)
        return tl::make_unexpected(lock_path + " does not say which process holds it");
    return pid;
}

}  // namespace

tl::expected<int, std::string> reload_daemon(const ListenSettings& listen) {
    std::string why;  // of the first socket: the one that the daemon surely has
    const auto note = [&](std::string reason) {
        if (why.empty()) why = std::move(reason);
    };
    for (const std::string& address : {listen.milter, listen.policy, listen.socketmap}) {
        const std::string path = path_of(address);
        if (path.empty()) continue;
        const auto pid = holder_of(path + ".lock");
        if (!pid) {
            note(pid.error());
            continue;
        }
        if (::kill(*pid, SIGHUP) == 0) return *pid;
        note("process " + std::to_string(*pid) + " cannot be signalled: " + std::strerror(errno));
    }
    note("the policy names no unix socket by which the daemon could be found");
    return tl::make_unexpected(why);
}

}  // namespace relaypermit

#include "milter/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace relaypermit {

namespace {

constexpr int first_inherited_fd = 3;  // SD_LISTEN_FDS_START

constexpr int dying_tries = 200;
constexpr std::chrono::milliseconds dying_step{10};

std::string reason(int error) {
    return std::strerror(error);  // NOLINT: no threads yet
}

tl::unexpected<ListenFault> fault(int exit_code, std::string text) {
    return tl::make_unexpected(ListenFault{std::move(text), exit_code});
}

// A descriptor until somebody takes it over.
class Fd {
  public:
    explicit Fd(int fd) : fd_(fd) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

sockaddr_un unix_sockaddr(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

const sockaddr* generic(const void* address) {
    return static_cast<const sockaddr*>(address);
}

// The directory of the socket, and what to do where it is not there.
tl::expected<void, ListenFault> check_directory(const std::string& path) {
    const std::string directory = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0)
        return fault(EX_CANTCREAT, "cannot make the socket unix:" + path + ": the directory " +
                                       directory + ": " + reason(errno) +
                                       " (make it with: install -d -o relaypermit -g postfix "
                                       "-m 2750 " +
                                       directory + ")");
    if (!S_ISDIR(status.st_mode))
        return fault(EX_CANTCREAT, "cannot make the socket unix:" + path + ": " + directory +
                                       " is not a directory");
    return {};
}

// The holder's process id, as it wrote it into the lock file; 0 where it has not yet.
pid_t holder_of(int lock_fd) {
    std::array<char, 16> text{};
    const ssize_t length = ::pread(lock_fd, text.data(), text.size(), 0);
    pid_t pid = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(length, 0), pid);
    return pid;
}

std::string naming(pid_t holder) {
    return holder == 0 ? "" : " (process " + std::to_string(holder) + ")";
}

// Of who writes itself into the lock file and is killed, the serving process lives on for a moment
// and holds the lock (supervisor.h). False with errno where somebody else has it.
bool take_lock(int lock_fd) {
    for (int tries = dying_tries; ::flock(lock_fd, LOCK_EX | LOCK_NB) != 0; --tries) {
        if (errno != EWOULDBLOCK || tries == 0) return false;
        const pid_t holder = holder_of(lock_fd);
        const bool dead = holder > 0 && ::kill(holder, 0) != 0 && errno == ESRCH;
        if (!dead) {
            errno = EWOULDBLOCK;
            return false;
        }
        std::this_thread::sleep_for(dying_step);
    }
    return true;
}

tl::expected<int, ListenFault> lock_beside(const std::string& path) {
    const std::string lock_path = path + ".lock";
    Fd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!lock)
        return fault(EX_CANTCREAT,
                     "cannot make " + lock_path + ": " + reason(errno) +
                         " (the daemon's user must be able to write in the socket's directory)");
    if (!take_lock(lock.get())) {
        if (errno == EWOULDBLOCK)
            return fault(EX_UNAVAILABLE, "another relaypermitd" + naming(holder_of(lock.get())) +
                                             " is already listening on unix:" + path);
        return fault(EX_OSERR, "cannot lock " + lock_path + ": " + reason(errno));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    // For the messages above and for admins; the lock holds without it.
    if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
        return lock.release();
    return lock.release();
}

// Removes what a dead instance left. With the lock held no relaypermitd is alive there, but some
// other program may be.
tl::expected<void, ListenFault> remove_stale(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode))
        return fault(EX_CANTCREAT, path + " exists and is not a socket: it was left as it is");
    Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_un address = unix_sockaddr(path);
    if (probe &&
        (::connect(probe.get(), generic(&address), sizeof address) == 0 || errno == EAGAIN))
        return fault(EX_UNAVAILABLE,
                     "another program is already listening on unix:" + path +
                         " (or systemd is, on behalf of relaypermitd.socket; then start "
                         "relaypermitd.service)");
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return fault(EX_CANTCREAT, "cannot remove the stale socket " + path + ": " + reason(errno));
    return {};
}

tl::expected<void, ListenFault> set_access(const std::string& path, const ListenOptions& options) {
    if (!options.group.empty()) {
        const group* entry = ::getgrnam(options.group.c_str());
        if (entry == nullptr)
            return fault(EX_CONFIG, "there is no group `" + options.group +
                                        "` ([listen] socket_group) on this system");
        struct stat made {};
        const bool is_right = ::lstat(path.c_str(), &made) == 0 && made.st_gid == entry->gr_gid;
        if (!is_right && ::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0)
            return fault(
                EX_NOPERM,
                "cannot give " + path + " to the group `" + options.group + "`: " + reason(errno) +
                    " (the daemon's user must be in that group: in the systemd unit "
                    "SupplementaryGroups=" +
                    options.group + ", with the rest of own-sockets.conf of the examples)");
    }
    if (::chmod(path.c_str(), static_cast<mode_t>(options.mode)) != 0)
        return fault(EX_OSERR, "cannot set the mode of " + path + ": " + reason(errno));
    return {};
}

tl::expected<int, ListenFault> bind_inet(const InetAddress& address, const std::string& name) {
    addrinfo hints{};
    hints.ai_family = address.v6 ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(address.port);
    const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
    if (error != 0)
        return fault(EX_NOHOST, "cannot listen on " + name + ": `" + address.host + "`: " +
                                    (error == EAI_SYSTEM ? reason(errno) : gai_strerror(error)));
    Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    int failed = 0;
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (address.v6 && ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        ::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 ||
        ::listen(fd.get(), SOMAXCONN) != 0)
        failed = errno;
    ::freeaddrinfo(found);
    if (failed == EADDRINUSE)
        return fault(EX_UNAVAILABLE, "cannot listen on " + name +
                                         ": another program (or another relaypermitd) already "
                                         "listens there");
    if (failed != 0)
        return fault(failed == EACCES ? EX_NOPERM : EX_UNAVAILABLE,
                     "cannot listen on " + name + ": " + reason(failed));
    return fd.release();
}

// "unix:/path", "inet:port@address": as to_string(SocketAddress) writes it.
std::string name_of(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
    std::array<char, INET6_ADDRSTRLEN> host{};
    switch (storage.ss_family) {
        case AF_UNIX: {
            const auto* address = reinterpret_cast<const sockaddr_un*>(&storage);
            return "unix:" + std::string(address->sun_path,
                                         ::strnlen(address->sun_path, sizeof address->sun_path));
        }
        case AF_INET: {
            const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
            ::inet_ntop(AF_INET, &address->sin_addr, host.data(), host.size());
            return "inet:" + std::to_string(ntohs(address->sin_port)) + "@" + host.data();
        }
        case AF_INET6: {
            const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
            ::inet_ntop(AF_INET6, &address->sin6_addr, host.data(), host.size());
            return "inet6:" + std::to_string(ntohs(address->sin6_port)) + "@" + host.data();
        }
        default:
            return {};
    }
}

tl::expected<void, ListenFault> check_inherited(int fd) {
    int listening = 0;
    socklen_t length = sizeof listening;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0)
        return fault(EX_CONFIG, "fd:" + std::to_string(fd) + " is not a socket: " + reason(errno) +
                                    " (is the daemon started by its socket unit?)");
    if (listening == 0)
        return fault(EX_CONFIG, "fd:" + std::to_string(fd) + " is not a listening socket");
    return {};
}

std::optional<int> number_in_environment(const char* name) {
    const char* text = std::getenv(name);  // NOLINT: no threads yet
    if (text == nullptr) return std::nullopt;
    const std::string_view view(text);
    int number = 0;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
    if (error != std::errc{} || end != view.data() + view.size()) return std::nullopt;
    return number;
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      lock_fd_(std::exchange(other.lock_fd_, -1)),
      path_(std::exchange(other.path_, {})),
      name_(std::move(other.name_)),
      address_(std::move(other.address_)),
      is_unix_(other.is_unix_) {}

Listener& Listener::operator=(Listener&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = std::exchange(other.fd_, -1);
        lock_fd_ = std::exchange(other.lock_fd_, -1);
        path_ = std::exchange(other.path_, {});
        name_ = std::move(other.name_);
        address_ = std::move(other.address_);
        is_unix_ = other.is_unix_;
    }
    return *this;
}

tl::expected<Listener, ListenFault> Listener::open(const SocketAddress& address,
                                                   const ListenOptions& options,
                                                   const std::vector<InheritedSocket>& inherited) {
    Listener listener;
    listener.name_ = listener.address_ = to_string(address);

    const auto take = [&](int fd) {
        listener.fd_ = fd;
        listener.is_unix_ = name_of(fd).rfind("unix:", 0) == 0;
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    };
    if (const auto* given = std::get_if<InheritedAddress>(&address)) {
        if (auto sound = check_inherited(given->fd); !sound)
            return tl::make_unexpected(sound.error());
        take(given->fd);
        return listener;
    }
    for (const InheritedSocket& socket : inherited)
        if (socket.name == listener.name_) {
            take(socket.fd);
            listener.name_ += " (handed over by systemd)";
            return listener;
        }
    if (const auto* inet = std::get_if<InetAddress>(&address)) {
        auto fd = bind_inet(*inet, listener.name_);
        if (!fd) return tl::make_unexpected(fd.error());
        listener.fd_ = *fd;
        return listener;
    }

    const std::string& path = std::get<UnixAddress>(address).path;
    if (auto there = check_directory(path); !there) return tl::make_unexpected(there.error());
    auto lock = lock_beside(path);
    if (!lock) return tl::make_unexpected(lock.error());
    listener.lock_fd_ = *lock;
    if (auto free = remove_stale(path); !free) return tl::make_unexpected(free.error());

    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return fault(EX_OSERR, "cannot make a socket: " + reason(errno));
    const sockaddr_un name = unix_sockaddr(path);
    // Nobody may connect before mode and group are as configured.
    const mode_t before = ::umask(0777);
    const int bound = ::bind(fd.get(), generic(&name), sizeof name);
    const int error = errno;
    ::umask(before);
    if (bound != 0)
        return fault(EX_CANTCREAT, "cannot make the socket unix:" + path + ": " + reason(error));
    listener.path_ = path;
    listener.is_unix_ = true;
    if (auto access = set_access(path, options); !access)
        return tl::make_unexpected(access.error());
    if (::listen(fd.get(), SOMAXCONN) != 0)
        return fault(EX_OSERR, "cannot listen on unix:" + path + ": " + reason(errno));
    listener.fd_ = fd.release();
    return listener;
}

bool Listener::leave_to_next() noexcept {
    if (!is_inherited()) return false;
    // libmilter does not let go of its descriptor. Under that number is then a socket whose name,
    // which the kernel chooses, nobody knows.
    const int nobodys = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (nobodys < 0) return false;
    sockaddr_un unnamed{};
    unnamed.sun_family = AF_UNIX;
    const bool done = ::bind(nobodys, reinterpret_cast<const sockaddr*>(&unnamed),
                             sizeof unnamed.sun_family) == 0 &&
                      ::listen(nobodys, 1) == 0 && ::dup3(nobodys, fd_, O_CLOEXEC) == fd_;
    ::close(nobodys);
    return done;
}

void Listener::remove_path() noexcept {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

void Listener::close() noexcept {
    remove_path();
    // The lock file stays: removing it would let two instances lock two files of one name.
    for (int* fd : {&fd_, &lock_fd_})
        if (*fd >= 0) ::close(std::exchange(*fd, -1));
}

std::vector<InheritedSocket> inherited_sockets() {
    std::vector<InheritedSocket> sockets;
    const auto count = number_in_environment("LISTEN_FDS");
    // The variables are meant for one process; its children inherit them unread.
    if (!count || number_in_environment("LISTEN_PID") != ::getpid()) return sockets;
    for (int fd = first_inherited_fd; fd < first_inherited_fd + *count; ++fd)
        sockets.push_back({fd, name_of(fd)});
    return sockets;
}

}  // namespace relaypermit

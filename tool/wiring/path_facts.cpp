#include "tool/wiring/path_facts.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>

namespace relaypermit {
namespace {

constexpr std::chrono::milliseconds patience{2000};

std::string owner_of(const struct stat& found) {
    // NOLINTBEGIN(concurrency-mt-unsafe): one thread
    const passwd* const user = getpwuid(found.st_uid);
    std::string owner = user != nullptr ? user->pw_name : std::to_string(found.st_uid);
    const group* const one = getgrgid(found.st_gid);
    // NOLINTEND(concurrency-mt-unsafe)
    return owner + ":" + (one != nullptr ? one->gr_name : std::to_string(found.st_gid));
}

bool may(const struct stat& found, const UserFacts& user, unsigned bit) {
    if (user.uid == 0) return true;
    if (found.st_uid == user.uid) return (found.st_mode & bit << 6U) != 0;
    if (std::find(user.groups.begin(), user.groups.end(), found.st_gid) != user.groups.end())
        return (found.st_mode & bit << 3U) != 0;
    return (found.st_mode & bit) != 0;
}

}  // namespace

PathFacts look_at_path(const std::string& path) {
    PathFacts facts;
    facts.path = path;
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        facts.hidden = errno != ENOENT && errno != ENOTDIR;
        return facts;
    }
    facts.exists = true;
    facts.socket = S_ISSOCK(found.st_mode);
    facts.mode = found.st_mode & 07777U;
    facts.owner = owner_of(found);
    facts.changed = TimePoint{std::chrono::seconds{found.st_mtim.tv_sec}};
    return facts;
}

std::optional<UserFacts> look_up_user(const std::string& name) {
    const passwd* const entry = getpwnam(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) return std::nullopt;
    UserFacts user;
    user.name = name;
    user.uid = entry->pw_uid;
    std::array<gid_t, 256> groups{};
    int count = static_cast<int>(groups.size());
    if (getgrouplist(name.c_str(), entry->pw_gid, groups.data(), &count) < 0)
        count = static_cast<int>(groups.size());
    user.groups.assign(groups.begin(), groups.begin() + count);
    return user;
}

std::string permissions_of(const PathFacts& path) {
    std::array<char, 16> mode{};
    (void)std::snprintf(mode.data(), mode.size(), "%04o", path.mode);
    return path.owner + " " + mode.data();
}

std::string obstacle_to(const std::string& socket, const UserFacts& user) {
    for (std::size_t at = 1; at != std::string::npos && at <= socket.size();) {
        const std::size_t slash = socket.find('/', at);
        const std::string part = socket.substr(0, slash);
        struct stat found {};
        if (::stat(part.c_str(), &found) != 0) return {};  // that it is not there is said elsewhere
        // Of a folder the right to pass, of a socket that to write (unix(7)).
        if (!may(found, user, slash == std::string::npos ? 2U : 1U))
            return part + " (" + permissions_of(look_at_path(part)) + ")";
        at = slash == std::string::npos ? slash : slash + 1;
    }
    return {};
}

SocketFacts look_at_socket(const std::string& address, Protocol protocol,
                           const std::optional<UserFacts>& user) {
    SocketFacts facts;
    facts.address = address;
    if (address.starts_with("unix:")) {
        facts.path = look_at_path(address.substr(5));
        if (user && facts.path.exists) facts.obstacle = obstacle_to(facts.path.path, *user);
    }
    const Probe probe = probe_socket(protocol, address, patience);
    facts.end = probe.end;
    facts.why = probe.why;
    return facts;
}

}  // namespace relaypermit

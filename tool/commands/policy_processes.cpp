#include "tool/commands/policy_processes.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

#include "config/folder_lock.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

enum class Held { no, yes, unknown };

// Another tool that looks has it for an instant.
Held held(int descriptor) {
    constexpr int tries = 5;
    for (int left = tries; left > 0; --left) {
        if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            ::flock(descriptor, LOCK_UN);
            return Held::no;
        }
        if (errno != EWOULDBLOCK) return Held::unknown;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return Held::yes;
}

// One line of /proc/locks.
struct Flock {
    std::int64_t process{};
    bool shared{};
    std::string place{};  // "fe:01:131081": of the device and the inode
};

// "1: FLOCK  ADVISORY  READ 812 fe:01:131081 0 EOF"; who only waits has "->" before FLOCK.
std::optional<Flock> read_flock(const std::string& line) {
    std::istringstream words(line);
    std::string number, kind, advisory, mode;
    Flock lock;
    if (!(words >> number >> kind >> advisory >> mode >> lock.process >> lock.place) ||
        kind != "FLOCK")
        return std::nullopt;
    lock.shared = mode == "READ";
    return lock;
}

std::vector<Flock> all_flocks() {
    std::vector<Flock> locks;
    std::ifstream lines("/proc/locks");
    for (std::string line; std::getline(lines, line);)
        if (auto lock = read_flock(line); lock && lock->process > 0)
            locks.push_back(*std::move(lock));
    return locks;
}

std::string inode_of(const struct stat& status) {
    return ":" + std::to_string(status.st_ino);
}

std::vector<std::int64_t> numbered_entries(const std::filesystem::path& folder) {
    std::vector<std::int64_t> numbers;
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        const std::string name = entry->path().filename().string();
        std::int64_t number = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
        if (read.ec == std::errc() && read.ptr == name.data() + name.size())
            numbers.push_back(number);
    }
    return numbers;
}

// The processes that have the lock by a descriptor that another process, which has ended since,
// handed on to them: /proc/locks leaves those out (proc(5), fdinfo).
std::vector<std::int64_t> heirs_of_a_lock(int descriptor) {
    struct stat wanted {};
    if (::fstat(descriptor, &wanted) != 0) return {};
    std::vector<std::int64_t> heirs;
    for (const std::int64_t process : numbered_entries("/proc")) {
        if (process == ::getpid()) continue;
        const std::string own = "/proc/" + std::to_string(process);
        for (const std::int64_t number : numbered_entries(own + "/fd")) {
            struct stat found {};
            if (::stat((own + "/fd/" + std::to_string(number)).c_str(), &found) != 0 ||
                found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino)
                continue;
            std::ifstream info(own + "/fdinfo/" + std::to_string(number));
            bool holds = false;
            for (std::string line; std::getline(info, line);)
                holds = holds || (line.starts_with("lock:") && read_flock(line.substr(5)));
            if (!holds) continue;
            heirs.push_back(process);
            break;
        }
    }
    return heirs;
}

// "Uid:" and "Gid:" of /proc/PID/status: the real ones, of who started it. The owner of /proc/PID
// is root also for who runs another's program, and for who does not want to be looked at.
struct Ids {
    std::optional<uid_t> user{};
    std::optional<gid_t> group{};
};
Ids ids_of(std::int64_t process) {
    Ids ids;
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
        std::istringstream words(line);
        std::string label;
        unsigned int id = 0;
        if (!(words >> label >> id)) continue;
        if (label == "Uid:") ids.user = id;
        if (label == "Gid:") ids.group = id;
    }
    return ids;
}

void add(std::vector<std::int64_t>& processes, std::int64_t process) {
    if (std::find(processes.begin(), processes.end(), process) == processes.end())
        processes.push_back(process);
}

void look_at(const std::filesystem::path& folder, const std::filesystem::path& policy,
             const std::set<uid_t>& users, PolicyProcesses& found) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        found.known = false;
        return;
    }
    const Held other = held(descriptor);
    std::vector<std::int64_t> processes;
    if (other == Held::yes) processes = lock_holders(descriptor);
    // Whoever has ended may still be named.
    const auto ended = std::erase_if(
        processes, [](std::int64_t process) { return !ids_of(process).user.has_value(); });
    if (other == Held::yes && (processes.empty() || ended > 0))
        for (const std::int64_t heir : heirs_of_a_lock(descriptor)) add(processes, heir);
    ::close(descriptor);
    for (const std::int64_t process : processes)
        add(may_be_daemon(process, policy, users) ? found.processes : found.passed_over, process);
    found.unseen = found.unseen || (other == Held::yes && processes.empty());
    found.known = found.known && other != Held::unknown;
}

}  // namespace

std::vector<std::int64_t> lock_holders(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return {};
    std::array<char, 32> device{};
    std::snprintf(device.data(), device.size(), "%02x:%02x", major(status.st_dev),
                  minor(status.st_dev));
    const std::string inode = inode_of(status);
    std::vector<std::int64_t> exact;
    std::vector<std::int64_t> alike;  // btrfs tells stat(2) another device
    for (const Flock& lock : all_flocks()) {
        if (lock.place == device.data() + inode) exact.push_back(lock.process);
        if (lock.place.ends_with(inode)) alike.push_back(lock.process);
    }
    return exact.empty() ? alike : exact;
}

std::string process_named(std::int64_t process) {
    std::ifstream comm("/proc/" + std::to_string(process) + "/comm");
    std::string name;
    std::getline(comm, name);
    return "process " + std::to_string(process) + (name.empty() ? "" : " (" + visible(name) + ")");
}

std::string process_and_user(std::int64_t process) {
    const auto user = ids_of(process).user;
    if (!user) return process_named(process);
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const bool known =
        ::getpwuid_r(*user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
    return process_named(process) + " of the user " +
           (known ? visible(found->pw_name) : std::to_string(*user));
}

bool may_be_daemon(std::int64_t process, const std::filesystem::path& policy,
                   const std::set<uid_t>& users) {
    const Ids ids = ids_of(process);
    struct stat file {};
    if (!ids.user || !ids.group || ::stat(policy.c_str(), &file) != 0) return true;
    if (*ids.user == 0 || *ids.user == ::geteuid() || *ids.user == file.st_uid ||
        users.contains(*ids.user))
        return true;
    const bool for_the_group = (file.st_mode & S_IRGRP) != 0 && (file.st_mode & S_IROTH) == 0;
    if (for_the_group && *ids.group == file.st_gid) return true;

    const std::string link = "/proc/" + std::to_string(process) + "/exe";
    std::error_code fault;
    const std::filesystem::path target = std::filesystem::read_symlink(link, fault);
    // Replaced by an upgrade, it is shown with " (deleted)". A copy may be anybody's. Somebody who
    // gives another program this name is in the way until an admin ends that, and is named; the
    // other way round a daemon would go on as if nothing was said.
    return fault || target.filename().string().starts_with("relaypermitd");
}

PolicyProcesses policy_processes(const std::filesystem::path& policy,
                                 const std::set<uid_t>& users) {
    PolicyProcesses found;
    for (const std::filesystem::path& folder : locked_folders(policy))
        look_at(folder, policy, users, found);
    return found;
}

std::string policy_named_by(const std::vector<std::string>& arguments) {
    constexpr std::string_view with_a_value = "cp";  // milter/main.cpp
    std::string policy = "/etc/relaypermit/policy.toml";
    for (std::size_t at = 0; at < arguments.size() && arguments[at] != "--"; ++at) {
        const std::string& argument = arguments[at];
        if (argument.size() < 2 || argument[0] != '-') continue;
        const std::size_t option = argument.find_first_of(with_a_value, 1);
        if (option == std::string::npos) continue;
        const bool in_the_next = option + 1 == argument.size();
        if (in_the_next && at + 1 == arguments.size()) break;
        const std::string value = in_the_next ? arguments[++at] : argument.substr(option + 1);
        if (argument[option] == 'c') policy = value;
    }
    return policy;
}

bool was_started_with(std::int64_t process, const std::filesystem::path& policy) {
    const std::string proc = "/proc/" + std::to_string(process);
    std::ifstream file(proc + "/cmdline", std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
    if (!arguments.empty()) arguments.erase(arguments.begin());
    const std::string given = policy_named_by(arguments);
    std::error_code none;
    const auto folder = std::filesystem::read_symlink(proc + "/cwd", none);
    return std::filesystem::weakly_canonical(folder / given, none) ==
           std::filesystem::weakly_canonical(policy, none);
}

bool holds_another_folder(std::int64_t process, const std::filesystem::path& policy) {
    std::vector<std::string> own;
    for (const std::filesystem::path& folder : locked_folders(policy)) {
        struct stat status {};
        if (::stat(folder.c_str(), &status) == 0) own.push_back(inode_of(status));
    }
    const auto locks = all_flocks();
    return std::any_of(locks.begin(), locks.end(), [&](const Flock& lock) {
        return lock.process == process && lock.shared &&
               std::none_of(own.begin(), own.end(),
                            [&](const std::string& inode) { return lock.place.ends_with(inode); });
    });
}

}  // namespace relaypermit

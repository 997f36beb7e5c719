#include "tool/commands/policy_holders.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "config/policy_hold.h"
#include "tool/base/text.h"

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

void look_at(const std::filesystem::path& folder, PolicyHolders& holders) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        holders.known = false;
        return;
    }
    const Held other = held(descriptor);
    std::vector<std::int64_t> processes;
    if (other == Held::yes) processes = lock_holders(descriptor);
    ::close(descriptor);
    for (const std::int64_t process : processes)
        if (std::find(holders.processes.begin(), holders.processes.end(), process) ==
            holders.processes.end())
            holders.processes.push_back(process);
    holders.unseen = holders.unseen || (other == Held::yes && processes.empty());
    holders.known = holders.known && other != Held::unknown;
}

}  // namespace

std::vector<std::int64_t> lock_holders(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return {};
    std::array<char, 32> device{};
    std::snprintf(device.data(), device.size(), "%02x:%02x:", major(status.st_dev),
                  minor(status.st_dev));
    const std::string inode = std::to_string(status.st_ino);
    std::vector<std::int64_t> exact;
    std::vector<std::int64_t> alike;  // btrfs tells stat(2) another device
    std::ifstream locks("/proc/locks");
    // "1: FLOCK  ADVISORY  READ 812 fe:01:131081 0 EOF"; who only waits has "->" before FLOCK.
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, advisory, mode, place;
        std::int64_t process = 0;
        if (!(words >> number >> kind >> advisory >> mode >> process >> place) || kind != "FLOCK" ||
            process <= 0)
            continue;
        if (place == device.data() + inode) exact.push_back(process);
        if (place.ends_with(":" + inode)) alike.push_back(process);
    }
    return exact.empty() ? alike : exact;
}

std::string process_named(std::int64_t process) {
    std::ifstream comm("/proc/" + std::to_string(process) + "/comm");
    std::string name;
    std::getline(comm, name);
    return "process " + std::to_string(process) + (name.empty() ? "" : " (" + visible(name) + ")");
}

PolicyHolders policy_holders(const std::filesystem::path& policy) {
    PolicyHolders holders;
    for (const std::filesystem::path& folder : held_folders(policy)) look_at(folder, holders);
    return holders;
}

}  // namespace relaypermit

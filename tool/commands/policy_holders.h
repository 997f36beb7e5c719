// Who holds a lock, as the system tells: on the folder of a policy, which each daemon that uses it
// holds (config/policy_hold.h), or on any other file. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace relaypermit {

// The processes that /proc/locks says to hold a flock(2) on the open file, which somebody does.
[[nodiscard]] std::vector<std::int64_t> lock_holders(int descriptor);
// "process 812 (relaypermitd)".
[[nodiscard]] std::string process_named(std::int64_t process);

struct PolicyHolders {
    std::vector<std::int64_t> processes{};
    // Somebody else holds it whom the system does not name: of another container, say.
    bool unseen{};
    // Whether the answer is to be relied on. Not every file system has such locks.
    bool known{true};
};
[[nodiscard]] PolicyHolders policy_holders(const std::filesystem::path& policy);

}  // namespace relaypermit

// The processes that hold a lock, as the system tells: on the folder of a policy, as each daemon
// that uses it does (config/folder_lock.h), or on any other file. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace relaypermit {

// The processes that /proc/locks says to hold a flock(2) on the open file, which somebody does.
[[nodiscard]] std::vector<std::int64_t> lock_holders(int descriptor);
// "process 812 (relaypermitd)".
[[nodiscard]] std::string process_named(std::int64_t process);

// "process 812 (python3) of the user mallory".
[[nodiscard]] std::string process_and_user(std::int64_t process);

// Whoever may open a folder may lock it. A daemon is a process of root, of the caller, of the owner
// of the policy or of one of `users`; of the group for which alone the policy is readable; or one
// of a program relaypermitd, whosever copy that is. What cannot be looked at may be one.
[[nodiscard]] bool may_be_daemon(std::int64_t process, const std::filesystem::path& policy,
                                 const std::set<uid_t>& users);

struct PolicyProcesses {
    std::vector<std::int64_t> processes{};    // that may be daemons
    std::vector<std::int64_t> passed_over{};  // and that may not
    // Somebody else holds it whom the system does not name: of another container, say.
    bool unseen{};
    // Whether the answer is to be relied on. Not every file system has such locks.
    bool known{true};
};
// `users`: as whom daemons are known to run.
[[nodiscard]] PolicyProcesses policy_processes(const std::filesystem::path& policy,
                                               const std::set<uid_t>& users = {});

// The policy that the arguments of relaypermitd name, read as getopt(3) reads them: `-c FILE`,
// `-cFILE`, `-fc FILE`; the last counts. The default where they name none.
[[nodiscard]] std::string policy_named_by(const std::vector<std::string>& arguments);

// Whether its command line names this policy: then a lock on another folder is one that was moved
// away, and no sign that it reads other files.
[[nodiscard]] bool was_started_with(std::int64_t process, const std::filesystem::path& policy);

// Whether the process holds a shared lock as daemons do, and on none of the folders of this policy.
[[nodiscard]] bool holds_another_folder(std::int64_t process, const std::filesystem::path& policy);

}  // namespace relaypermit

// The daemon put together: policy, log, sockets, threads, signals. Called once, by main().
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace relaypermit {

struct DaemonOptions {
    std::filesystem::path policy{"/etc/relaypermit/policy.toml"};  // -c
    std::string socket{};                                          // -p; empty: [listen] milter
    bool check_only{};                                             // -n
    bool log_to_stderr{};                                          // -f
    std::optional<std::chrono::milliseconds> watchdog{};           // of systemd; see watchdog.h
};

// Runs until TERM or INT and returns the exit code (sysexits.h): 0 after a requested end, 78 for
// a policy with mistakes, 69 where a socket is in use, 73 or 77 where it cannot be made, 71 where
// libmilter gave up before it served. What serves is a process of its own, and another one takes
// the place of one that crashed (supervisor.h).
//
// Threads of the serving process: its first one takes signals and reloads; libmilter's own serve
// the sessions.
[[nodiscard]] int run_daemon(const DaemonOptions& options);

}  // namespace relaypermit

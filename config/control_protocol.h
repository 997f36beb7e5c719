// What the tool and the daemon say to each other over the control socket: a request is a line, and
// so is its answer, both JSON objects (RFC 8259). A value; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "policy/facts.h"

namespace relaypermit {

inline constexpr std::size_t max_control_request = 8192;  // bytes

struct ControlRequest {
    enum class Ask : std::uint8_t { status, reload, account };
    Ask ask{};
    std::string login{};  // of account: as the admin names it
};

// How a reload ended.
struct ReloadReport {
    TimePoint when{};
    bool loaded{true};                    // the policy of the files is in force
    std::vector<std::string> mistakes{};  // else these, with their places; the first hundred
    std::uint64_t mistake_count{};
    // Where it was not loaded: whether the suspensions of policy.d/00-suspended.toml are in force
    // all the same, on top of the old policy, and if not why.
    bool suspensions_in_force{true};
    std::vector<std::string> suspension_faults{};
    // What belongs to the policy and could not be taken up with it, such as an alias table.
    std::vector<std::string> failed{};
    std::vector<std::string> warnings{};  // what a reload does not take up
    std::vector<std::string> changed{};   // the files whose changes it took up, new and gone ones
};

// An account under the policy in force.
struct AccountState {
    std::string login{};               // canonical
    std::vector<std::string> forms{};  // every login that it may appear as
    bool suspended{};                  // a message of it would be refused for that
    std::string rule{};                // the id of the restriction; empty: none
    std::string place{};               // where it stands
    std::string until{};               // when it may send again, as written; empty: nobody says
    std::string why_not{};             // why it goes on sending, where it does
};

struct StoreStatus {
    std::string path{};
    std::uint64_t waiting{};
    std::uint64_t stored{};
    std::uint64_t dropped{};
    std::string trouble{};  // empty: none
};

struct TableStatus {
    std::string id{};
    std::string trouble{};  // empty: none
};

// A rule that suspends somebody, or did: it may have ended and stand there still.
struct SuspensionStatus {
    std::string login{};  // of `relaypermit suspend`: whom it names; of another rule: empty
    std::string rule{};   // its id
    std::string place{};  // where it stands
    std::string since{};  // as written, where it has not begun; else empty
    std::string until{};  // as written; empty: it has no end
    bool ended{};
    std::string note{};
};

struct DaemonStatus {
    std::int64_t process{};  // that was started and is to be signalled
    std::string version{};
    TimePoint started{};
    std::string policy{};       // the file of -c, absolute
    std::string folder{};       // policy.d beside it, links resolved
    std::string summary{};      // "enforce mode, 12 aliases, 3 restrictions"
    TimePoint since{};          // in force since then
    bool suspensions_on_top{};  // an older policy, with newer suspensions
    bool kept_over_a_crash{};   // an older policy, which a process kept that has crashed
    std::vector<SuspensionStatus> suspensions{};  // those in force first; the first fifty
    std::uint64_t suspension_count{};             // of all of them
    std::vector<ReadFile> files{};                // what is in force came from these
    std::vector<std::string> changed{};           // files that are not on disk as they were read
    ReloadReport reload{};                        // the last one, or the start
    std::vector<std::string> sockets{};
    std::uint64_t sessions{};  // of the milter, now
    std::uint64_t messages{};  // begun and not ended
    std::optional<StoreStatus> store{};
    std::vector<TableStatus> tables{};
};

struct ControlAnswer {
    std::string fault{};  // the request could not be answered: a clause
    std::optional<DaemonStatus> status{};
    std::optional<ReloadReport> reload{};
    std::optional<AccountState> account{};
    // Not of the line: the process that listens, as the asking side sees it; 0: not known.
    std::int64_t peer{};
};

// One line each, with its end.
[[nodiscard]] std::string to_line(const ControlRequest& request);
[[nodiscard]] std::string to_line(const ControlAnswer& answer);
// nullopt for what is none. Keys that are missing keep their defaults, others are left out of
// account, so that a tool and a daemon of different versions understand each other.
[[nodiscard]] std::optional<ControlRequest> read_control_request(std::string_view line);
[[nodiscard]] std::optional<ControlAnswer> read_control_answer(std::string_view line);

// The version that became a part of the program, for --version.
[[nodiscard]] std::string nlohmann_json_version();

}  // namespace relaypermit

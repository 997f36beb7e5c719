// What `relaypermit ping` makes of its findings: a state, and a line as monitoring plug-ins print
// it (Nagios, Icinga, Naemon: "Development Guidelines"). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tool/commands/ping_probe.h"

namespace relaypermit {

// In their order they are the exit codes; they are not in the order of how bad they are.
enum class PingState : std::uint8_t { ok = 0, warning = 1, critical = 2, unknown = 3 };

struct PingFindings {
    std::vector<Probe> probes{};
    // What else is wrong, such as an older policy than on disk: warnings.
    std::vector<std::string> troubles{};
    std::vector<std::string> remarks{};  // that are no trouble
    double warning_s{1};
    double critical_s{5};
};

// critical: a socket does not answer, or one takes longer than that; unknown: one cannot be asked;
// warning: the rest. In this order where several are true.
[[nodiscard]] PingState state_of(const PingFindings& findings);

// "RELAYPERMIT OK - milter answers in 0.3 ms; ... | time=0.000312s;1;5;0", without a line's end.
[[nodiscard]] std::string ping_line(const PingFindings& findings);
[[nodiscard]] std::string ping_as_json(const PingFindings& findings);

}  // namespace relaypermit

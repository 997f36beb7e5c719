// Programs of the MTA, asked for what only they know: postconf(1), postmap(1). Starts processes;
// one thread.
#pragma once

#include <chrono>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

struct ProgramOutput {
    int status{};  // exit code; 128 and the signal where it was killed
    std::string out{};
    std::string err{};
};

// A database behind a table may hang.
inline constexpr std::chrono::seconds program_patience{60};

// Runs it with these arguments, its name first, looked for along PATH and in /usr/sbin; `input` is
// its standard input. No shell. One that goes on for longer than `patience` is killed. The error
// says why it could not be started, or that it was killed.
[[nodiscard]] tl::expected<ProgramOutput, std::string> run_program(
    const std::vector<std::string>& arguments, const std::string& input = {},
    std::chrono::milliseconds patience = program_patience);

}  // namespace relaypermit

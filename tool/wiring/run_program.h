// Programs of the MTA, asked for what only they know: postconf(1), postmap(1). Starts processes;
// one thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

struct ProgramOutput {
    int status{};  // exit code; 128 and the signal where it was killed
    std::string out{};
    std::string err{};
};

// Runs it with these arguments, its name first, looked for along PATH and in /usr/sbin; `input` is
// its standard input. No shell. The error says why it could not be started.
[[nodiscard]] tl::expected<ProgramOutput, std::string> run_program(
    const std::vector<std::string>& arguments, const std::string& input = {});

}  // namespace relaypermit

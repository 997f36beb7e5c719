// relaypermit(1) run within the test, with strings for its streams.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scratch_directory.h"
#include "tool/base/command.h"

namespace relaypermit {

struct ToolRun {
    Exit exit{};
    std::string out{};
    std::string err{};
};

// `width` is that of the terminal, unlimited in a pipe. The time is a day after sample_time() of
// sample_record.h.
[[nodiscard]] ToolRun run_relaypermit(
    const std::vector<std::string>& arguments, std::string_view input = {},
    std::size_t width = unlimited_width,
    TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 2} +
                    std::chrono::hours{12});

// The same in a scratch directory, on the policy.toml there. Its clock stands at
// 2026-11-21T20:00:00Z.
class ScratchTool {
  public:
    static constexpr TimePoint now{std::chrono::seconds{1'795'291'200}};

    void write(std::string_view name, std::string_view text) const { folder_.write(name, text); }
    [[nodiscard]] std::string read(std::string_view name) const { return folder_.read(name); }
    [[nodiscard]] std::string path(std::string_view name) const { return folder_.file(name); }
    // Runs the tool with `-c policy.toml` of the scratch directory.
    Exit run(std::vector<std::string> arguments, std::string_view input = {},
             std::size_t width = unlimited_width);
    // Of the last run.
    [[nodiscard]] const std::string& out() const { return ran_.out; }
    [[nodiscard]] const std::string& err() const { return ran_.err; }

  private:
    ScratchDirectory folder_{};
    ToolRun ran_{};
};

}  // namespace relaypermit

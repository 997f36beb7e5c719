// One run of the tool in a scratch directory: its policy file written, its streams caught. The
// clock stands at 2026-11-21T20:00:00Z.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tool/base/command.h"

namespace relaypermit {

class ScratchTool {
  public:
    static constexpr TimePoint now{std::chrono::seconds{1'795'291'200}};

    ScratchTool();
    ~ScratchTool();
    ScratchTool(const ScratchTool&) = delete;
    ScratchTool& operator=(const ScratchTool&) = delete;

    // Writes a file of the scratch directory, folders and all.
    void write(std::string_view name, std::string_view text) const;
    [[nodiscard]] std::string read(std::string_view name) const;
    [[nodiscard]] std::string path(std::string_view name) const;
    // Runs the tool with `-c policy.toml` of the scratch directory.
    Exit run(std::vector<std::string> arguments, std::string_view input = {},
             std::size_t width = unlimited_width);
    [[nodiscard]] const std::string& out() const { return out_; }
    [[nodiscard]] const std::string& err() const { return err_; }

  private:
    std::filesystem::path folder_;
    std::string out_{};
    std::string err_{};
};

}  // namespace relaypermit

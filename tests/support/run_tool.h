// relaypermit(1) run within the test, with strings for its streams.
#pragma once

#include <string>
#include <vector>

#include "tool/base/command.h"

namespace relaypermit {

struct ToolRun {
    Exit exit{};
    std::string out{};
    std::string err{};
};

// `width` is that of the terminal; 0: a pipe. The time is sample_time() of sample_record.h plus a
// day.
[[nodiscard]] ToolRun run_relaypermit(const std::vector<std::string>& arguments,
                                      const std::string& standard_input = {},
                                      std::size_t width = 0);

}  // namespace relaypermit

#include "tests/support/run_tool.h"

#include <chrono>
#include <sstream>

#include "tests/support/sample_record.h"
#include "tool/commands/commands.h"

namespace relaypermit {

ToolRun run_relaypermit(const std::vector<std::string>& arguments,
                        const std::string& standard_input, std::size_t width) {
    Commands commands = all_commands();
    std::istringstream in{standard_input};
    std::ostringstream out;
    std::ostringstream err;
    ToolRun ran;
    ran.exit = run_tool(commands, arguments,
                        Context{.in = in,
                                .out = out,
                                .err = err,
                                .terminal = {.width = width == 0 ? unlimited_width : width},
                                .now = sample_time() + std::chrono::hours{24}});
    ran.out = out.str();
    ran.err = err.str();
    return ran;
}

}  // namespace relaypermit

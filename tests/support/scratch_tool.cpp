#include "tests/support/scratch_tool.h"

#include <sstream>

#include "tool/commands/commands.h"

namespace relaypermit {

ToolRun run_relaypermit(const std::vector<std::string>& arguments, std::string_view input,
                        std::size_t width, TimePoint now) {
    Commands commands = all_commands();
    std::istringstream in{std::string(input)};
    std::ostringstream out;
    std::ostringstream err;
    const Exit exit = run_tool(
        commands, arguments,
        Context{.in = in, .out = out, .err = err, .terminal = {.width = width}, .now = now});
    return {exit, out.str(), err.str()};
}

Exit ScratchTool::run(std::vector<std::string> arguments, std::string_view input,
                      std::size_t width) {
    arguments.push_back("-c");
    arguments.push_back(path("policy.toml"));
    ran_ = run_relaypermit(arguments, input, width, now);
    return ran_.exit;
}

}  // namespace relaypermit

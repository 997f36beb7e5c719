#include "tests/support/scratch_tool.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tool/commands/commands.h"

namespace relaypermit {

ScratchTool::ScratchTool() {
    std::string name =
        (std::filesystem::temp_directory_path() / "relaypermit-tool-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory");
    folder_ = name;
}

ScratchTool::~ScratchTool() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string ScratchTool::path(std::string_view name) const {
    return (folder_ / name).string();
}

void ScratchTool::write(std::string_view name, std::string_view text) const {
    const std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

std::string ScratchTool::read(std::string_view name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Exit ScratchTool::run(std::vector<std::string> arguments, std::string_view input,
                      std::size_t width) {
    Commands commands = all_commands();
    std::istringstream in{std::string(input)};
    std::ostringstream out;
    std::ostringstream err;
    arguments.push_back("-c");
    arguments.push_back(path("policy.toml"));
    const Exit exit = run_tool(
        commands, arguments,
        Context{.in = in, .out = out, .err = err, .terminal = {.width = width}, .now = now});
    out_ = out.str();
    err_ = err.str();
    return exit;
}

}  // namespace relaypermit

// relaypermit(1): the admin's tool.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "tool/commands/commands.h"
#include "tool/commands/libraries.h"

namespace {

bool reader_has_gone(int descriptor) {
    pollfd pipe{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&pipe, 1, 0) == 1 && (pipe.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace relaypermit;
    std::ios::sync_with_stdio(false);
    // `relaypermit log | head` ends quietly instead of by a signal in mid-line.
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    Commands commands = all_commands();
    const Context context{
        .in = std::cin,
        .out = std::cout,
        .err = std::cerr,
        .terminal = detect_terminal(STDOUT_FILENO),
        .error_terminal = detect_terminal(STDERR_FILENO),
        .now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
        .libraries = tool_libraries};
    const Exit exit = run_tool(commands, arguments, context);
    // A reader that has closed its pipe had all it wanted; a full disk did not.
    if (!std::cout.flush() && !reader_has_gone(STDOUT_FILENO)) {
        std::cerr << "relaypermit: cannot write the output\n";
        return static_cast<int>(Exit::failed);
    }
    return static_cast<int>(exit);
}

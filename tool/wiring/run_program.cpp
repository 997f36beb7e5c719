#include "tool/wiring/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>

#include "config/policy_file.h"

// Not declared by <unistd.h> without _GNU_SOURCE.
extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace relaypermit {
namespace {

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() = default;
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    [[nodiscard]] bool open() { return pipe2(ends.data(), O_CLOEXEC) == 0; }
    void close_end(std::size_t end) {
        if (ends[end] >= 0) close(ends[end]);
        ends[end] = -1;
    }
};

using Clock = std::chrono::steady_clock;

// Feeds and drains the child until it has closed its streams; false where it is too late for that.
bool exchange(Pipe& in, Pipe& out, Pipe& err, std::string_view input, Clock::time_point deadline,
              ProgramOutput& output) {
    if (input.empty()) in.close_end(1);
    std::array<char, 65536> buffer{};
    while (out.ends[0] >= 0 || err.ends[0] >= 0) {
        std::array<pollfd, 3> wanted{pollfd{in.ends[1], POLLOUT, 0}, pollfd{out.ends[0], POLLIN, 0},
                                     pollfd{err.ends[0], POLLIN, 0}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return false;
        const int count = poll(wanted.data(), wanted.size(), static_cast<int>(left.count()));
        if (count < 0 && errno != EINTR) return true;
        if (count <= 0) continue;
        if (wanted[0].revents != 0) {
            const ssize_t sent = write(in.ends[1], input.data(), input.size());
            if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
            if (input.empty() || (sent < 0 && errno != EAGAIN && errno != EINTR)) in.close_end(1);
        }
        const auto drain = [&](const pollfd& ready, Pipe& pipe, std::string& text) {
            if (ready.revents == 0) return;
            const ssize_t got = read(pipe.ends[0], buffer.data(), buffer.size());
            if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
            if (got == 0 || (got < 0 && errno != EINTR)) pipe.close_end(0);
        };
        drain(wanted[1], out, output.out);
        drain(wanted[2], err, output.err);
    }
    return true;
}

tl::unexpected<std::string> failed(const std::string& program, int error) {
    return tl::make_unexpected("cannot run " + program + ": " + reason_of(error));
}

}  // namespace

tl::expected<ProgramOutput, std::string> run_program(const std::vector<std::string>& arguments,
                                                     const std::string& input,
                                                     std::chrono::milliseconds patience) {
    // An administrator's PATH may lack it.
    std::string path = arguments.front();
    if (path.find('/') == std::string::npos) {
        for (const char* folder :
             {"/usr/sbin/", "/usr/local/sbin/", "/usr/bin/", "/usr/local/bin/"})
            if (access((folder + path).c_str(), X_OK) == 0) {
                path = folder + path;
                break;
            }
    }
    Pipe in;
    Pipe out;
    Pipe err;
    if (!in.open() || !out.open() || !err.open()) return failed(path, errno);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.ends[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err.ends[1], 2);
    std::vector<std::string> copies = arguments;
    std::vector<char*> argv;
    for (std::string& argument : copies) argv.push_back(argument.data());
    argv.push_back(nullptr);
    // The child may end before it has read all.
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before);
    pid_t child = -1;
    const int error = posix_spawnp(&child, path.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    in.close_end(0);
    out.close_end(1);
    err.close_end(1);
    ProgramOutput output;
    int status = 0;
    bool in_time = true;
    if (error == 0) {
        in_time = exchange(in, out, err, input, Clock::now() + patience, output);
        if (!in_time) kill(child, SIGKILL);
        in.close_end(1);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    sigaction(SIGPIPE, &before, nullptr);
    if (error != 0) return failed(arguments.front(), error);
    if (!in_time)
        return tl::make_unexpected(arguments.front() + " did not end within " +
                                   std::to_string(patience.count() / 1000) + " s");
    output.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return output;
}

}  // namespace relaypermit

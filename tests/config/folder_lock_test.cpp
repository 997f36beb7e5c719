#include "config/folder_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/support/control_daemon.h"
#include "tests/support/scratch_tool.h"
#include "tool/commands/policy_processes.h"

namespace relaypermit {
namespace {

std::string policy_of(const ScratchTool& tool) {
    return "relay.hosted_domains = [\"example.com\"]\nlogin.default_realm = \"example.com\"\n"
           "listen.milter = \"inet:8890@127.0.0.1\"\nlisten.control = \"unix:" +
           tool.path("control.sock") + "\"\n";
}

// A daemon that nobody can talk to: a process that holds the folder of a policy.
class Holder {
  public:
    explicit Holder(const std::string& policy) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        child_ = ::fork();
        if (child_ == 0) {
            const auto lock = FolderLock::take(policy);
            if (!lock || ::write(ends[1], "x", 1) != 1) ::_exit(1);
            for (;;) ::pause();
        }
        ::close(ends[1]);
        char said = 0;
        EXPECT_EQ(::read(ends[0], &said, 1), 1) << "it holds the folder";
        ::close(ends[0]);
    }
    ~Holder() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    [[nodiscard]] pid_t process() const { return child_; }

  private:
    pid_t child_{};
};

TEST(FolderLock, TellsWhoUsesAPolicyAndEndsWithThem) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    {
        const Holder daemon(tool.path("policy.toml"));
        const Holder second(tool.path("other.toml"));  // of the same folder
        const PolicyProcesses found = policy_processes(tool.path("policy.toml"));
        EXPECT_EQ(found.processes.size(), 2U);
        EXPECT_EQ(found.processes.at(0) + found.processes.at(1),
                  daemon.process() + second.process());
        EXPECT_TRUE(found.known);
        EXPECT_FALSE(found.unseen);
    }
    EXPECT_TRUE(policy_processes(tool.path("policy.toml")).processes.empty());
}

TEST(FolderLock, IsSeenByWhateverLinkTheFolderIsReached) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("policy.d/none.toml", "# nothing\n");
    tool.write("elsewhere/policy.toml", policy_of(tool));
    std::filesystem::create_directory_symlink("../policy.d", tool.path("elsewhere/policy.d"));
    const Holder daemon(tool.path("elsewhere/policy.toml"));
    EXPECT_EQ(policy_processes(tool.path("policy.toml")).processes,
              std::vector<std::int64_t>{daemon.process()});
}

TEST(FolderLock, SaysWhyItIsNotToBeHad) {
    ScratchTool tool;
    const auto lock = FolderLock::take(tool.path("none/policy.toml"));
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error(), "cannot lock " + tool.path("none") + ": no such file");
}

// Another program's lock must not keep a daemon from starting for long.
TEST(FolderLock, GivesUpSoonWhereAnotherProgramHasTheFolderForItself) {
    ScratchTool tool;
    const std::string folder = std::filesystem::path(tool.path("x")).parent_path();
    const int other = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(::flock(other, LOCK_EX), 0);
    EXPECT_FALSE(FolderLock::take(tool.path("policy.toml")));
    ::close(other);
}

// It would go on sending by that daemon.
TEST(SuspendCommand, IsNotDoneWhileADaemonWithoutAControlSocketUsesThePolicy) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const Holder silent(tool.path("policy.toml"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    const std::string process = std::to_string(silent.process());
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.out(), "");
    EXPECT_NE(tool.err().find("mallory@example.com is NOT suspended: process " + process + " ("),
              std::string::npos)
        << tool.err();
    EXPECT_NE(
        tool.err().find(" uses this policy and answers on no control socket: restart it, or "
                        "`kill -HUP " +
                        process + "` and look into its log for the reload; it is written in " +
                        tool.path("policy.d/00-suspended.toml")),
        std::string::npos)
        << tool.err();
    EXPECT_TRUE(daemon.suspended("mallory")) << "the other one was told all the same";
    for (const std::string command : {"status", "reload"}) {
        EXPECT_EQ(tool.run({command}), Exit::failed);
        EXPECT_NE(tool.err().find("process " + process), std::string::npos) << tool.err();
    }
}

// "Restart it" would end a daemon that cannot start again.
TEST(StatusCommand, SaysToPutBackThePolicyThatIsGone) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const Holder silent(tool.path("policy.toml"));
    std::filesystem::remove(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"status"}), Exit::failed);
    EXPECT_TRUE(
        tool.err().starts_with("relaypermit: process " + std::to_string(silent.process()) + " ("))
        << tool.err();
    EXPECT_TRUE(tool.err().ends_with(
        " uses a policy of this folder and was not reached: there is no " +
        tool.path("policy.toml") +
        ", which says where its control socket is. Put that file back first: without it the "
        "daemon would not start again\n"))
        << tool.err();
    EXPECT_EQ(tool.err().find("restart it"), std::string::npos) << tool.err();
}

TEST(StatusCommand, SaysThatThereIsNoSuchPolicy) {
    ScratchTool tool;
    EXPECT_EQ(tool.run({"status"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: there is no such file, and no running relaypermitd reads " +
                              tool.path("policy.toml") + "\n");
}

TEST(SuspendCommand, IsDoneWhereADaemonThatEndedMeanwhileUsedThePolicy) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    auto ending = std::make_unique<Holder>(tool.path("policy.toml"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    std::thread end([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
        ending.reset();
    });
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    end.join();
}

}  // namespace
}  // namespace relaypermit

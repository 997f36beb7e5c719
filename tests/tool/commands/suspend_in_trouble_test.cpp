// A suspension where something is in its way: a broken policy, a daemon that hangs or is another's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include "tests/support/control_daemon.h"
#include "tests/support/listening_policy.h"
#include "tests/support/scratch_tool.h"
#include "tool/commands/suspension_file.h"

namespace relaypermit {
namespace {

constexpr std::string_view file = "policy.d/00-suspended.toml";

TEST(SuspendCommand, SaysWhichPolicyTheDaemonReadsWhereItIsAnother) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("elsewhere/policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("elsewhere/policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_NE(
        tool.err().find("mallory@example.com is NOT suspended: no running relaypermitd reads " +
                        tool.path("policy.toml") + " (the daemon on " + tool.path("control.sock") +
                        " reads " + tool.path("elsewhere/policy.toml") + ": name it with -c)"),
        std::string::npos)
        << tool.err();
    EXPECT_FALSE(daemon.suspended("mallory"));
}

TEST(SuspendCommand, MissesNoDaemonWhoseControlSocketIsGone) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const auto silent = Listener::open(UnixAddress{tool.path("control.sock")}, {});
    ASSERT_TRUE(silent);
    std::filesystem::remove(tool.path("control.sock"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_NE(tool.err().find("which holds " + tool.path("control.sock") + ".lock"),
              std::string::npos)
        << tool.err();
}

TEST(SuspendCommand, NamesTheProcessThatHoldsTheSocketAndDoesNotAnswer) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const auto silent = Listener::open(UnixAddress{tool.path("milter.sock")}, {});
    ASSERT_TRUE(silent);
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_NE(tool.err().find("process " + std::to_string(::getpid()) + ", which holds " +
                              tool.path("milter.sock") + ".lock, answers on no control socket"),
              std::string::npos)
        << tool.err();
}

TEST(SuspendCommand, CountsWhereThePolicyHasAMistakeElsewhere) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    tool.write("policy.toml", policy_of(tool) + "mood = \"bad\"\n");
    EXPECT_EQ(tool.run({"suspend", "Mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.out(), "Mallory@example.com is suspended: its next message is refused (" +
                              tool.path(file) + ")\n");
    EXPECT_NE(tool.err().find("policy.toml:5:1: error: unknown key `mood`"), std::string::npos)
        << tool.err();
    EXPECT_NE(tool.err().find("the policy has 1 mistake and was not loaded: the old one stays in "
                              "force, with this suspension"),
              std::string::npos);
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_FALSE(daemon.suspended("mallory"));
    EXPECT_FALSE(std::filesystem::exists(tool.path(file)));
}

TEST(SuspendCommand, SaysWhatElseTheReloadHasPutInForce) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "eve"}), Exit::fine);
    EXPECT_EQ(tool.err(), "");
    // Somebody was not yet done with these.
    tool.write("policy.toml", policy_of(tool) + "groups.sales = [\"bob@example.com\"]\n");
    tool.write("policy.d/10-draft.toml", "groups.staff = [\"bob@example.com\"]\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "relaypermit: the reload also took up changes of: " + tool.path("policy.toml") +
                  ", " + tool.path("policy.d/10-draft.toml") + "\n");
    std::filesystem::remove(tool.path("policy.d/10-draft.toml"));
    EXPECT_EQ(tool.run({"resume", "mallory", "--json"}), Exit::fine);
    EXPECT_NE(tool.out().find("\"notes\":[\"the reload also took up changes of: " +
                              tool.path("policy.d/10-draft.toml") + "\"]"),
              std::string::npos)
        << tool.out();
}

TEST(SuspendCommand, SaysWhatIsWrongWhereTheDaemonCannotTakeTheFile) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    // With these two the policy is unsound, and so is the file by itself.
    tool.write("policy.toml", policy_of(tool) + "mood = \"bad\"\n");
    tool.write(file, "mode = \"enforce\"\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_NE(tool.err().find("mallory@example.com is NOT suspended: with it " + tool.path(file) +
                              " would not be sound"),
              std::string::npos)
        << tool.err();
    EXPECT_EQ(tool.read(file), "mode = \"enforce\"\n");
    EXPECT_FALSE(daemon.suspended("mallory"));
}

// It counts as soon as one runs.
TEST(SuspendCommand, WritesItWhereThePolicyHasAMistakeAndNoDaemonRuns) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool) + "mood = \"bad\"\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.out(), "");
    for (const std::string& said :
         {std::string("policy.toml:5:1: error: unknown key `mood`"),
          std::string("relaypermit: the policy has mistakes and no daemon says what is in force: "
                      "mallory is taken as it is, without the other names that `forms` or "
                      "`default_realm` in [login] may give it; do this again once the policy is "
                      "mended\n"),
          "relaypermit: mallory is NOT suspended: no running relaypermitd reads " +
              tool.path("policy.toml") +
              ", and none would start before its mistakes are mended; it is written in " +
              tool.path(file) + "\n"})
        EXPECT_NE(tool.err().find(said), std::string::npos) << tool.err();
    EXPECT_EQ(tool.err().find("systemctl"), std::string::npos) << tool.err();
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_TRUE(daemon.suspended("mallory@example.com"));
}

// Nothing behind the mistake can be read as TOML, not even where the control socket is.
TEST(SuspendCommand, CountsWhateverTheMistakeIs) {
    for (const std::string mistake :
         {"server.name = \"\"\"\n", "# ge\xE4rgert\n", "[listen\n", "x = [\n"}) {
        ScratchTool tool;
        tool.write("policy.toml", policy_of(tool));
        const ControlDaemon daemon(tool.path("policy.toml"));
        tool.write("policy.toml", mistake + policy_of(tool));
        EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
        EXPECT_TRUE(daemon.suspended("mallory"));
        EXPECT_NE(tool.err().find("the old one stays in force, with this suspension"),
                  std::string::npos)
            << tool.err();
        EXPECT_EQ(tool.run({"status"}), Exit::finding);
        EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
        EXPECT_FALSE(daemon.suspended("mallory"));
    }
}

// A process with a socket at which nobody answers; `policy`: of what it uses, where it has locked
// the folder.
class Hung {
  public:
    explicit Hung(const std::string& path, const std::string& policy = {}) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        child_ = ::fork();
        if (child_ == 0) {
            const auto silent = Listener::open(UnixAddress{path}, {});
            const auto lock = policy.empty() ? FolderLock() : FolderLock::take(policy).value();
            if (!silent || ::write(ends[1], "x", 1) != 1) ::_exit(1);
            for (;;) ::pause();
        }
        ::close(ends[1]);
        char said = 0;
        EXPECT_EQ(::read(ends[0], &said, 1), 1);
        ::close(ends[0]);
    }
    ~Hung() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Hung(const Hung&) = delete;
    Hung& operator=(const Hung&) = delete;
    [[nodiscard]] std::string process() const { return "process " + std::to_string(child_); }

  private:
    pid_t child_{};
};

TEST(SuspendCommand, CountsAtTheOtherDaemonsWhereOneHangsAndThePolicyHasAMistake) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const Hung hung(tool.path("control.sock"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    tool.write("policy.toml", policy_of(tool) + "mood = \"bad\"\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_TRUE(daemon.suspended("mallory"));
    for (const std::string& said :
         {"mallory@example.com is NOT suspended: the daemon on " + tool.path("control.sock") +
              ", " + hung.process() + " (",
          std::string(
              "was not reached: no answer within 5 s: the daemon hangs, or is very busy; it is "
              "written in ") +
              tool.path(file) + "\n",
          "process " + std::to_string(::getpid()) + " (" + tool.path("policy.toml") +
              ") has confirmed that it is suspended there\n"})
        EXPECT_NE(tool.err().find(said), std::string::npos) << said << "\n" << tool.err();
}

// Its files are other ones, as the lock on their folder shows: that it hangs is worth knowing, and
// takes nothing away from what the others have confirmed.
TEST(SuspendCommand, IsDoneAndSaysSoWhereADaemonOfOtherFilesHangs) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("elsewhere/policy.toml", policy_of(tool));
    const Hung hung(tool.path("control.sock"), tool.path("elsewhere/policy.toml"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_TRUE(tool.err().starts_with("relaypermit: the daemon on " + tool.path("control.sock") +
                                       ", " + hung.process() + " ("))
        << tool.err();
    EXPECT_TRUE(
        tool.err().ends_with("or is very busy. By its locks it reads other files, and it "
                             "was not told of this\n"))
        << tool.err();
    EXPECT_EQ(tool.run({"reload"}), Exit::fine) << "who uses the policy has loaded it";
    EXPECT_NE(tool.err().find(": not asked to reload; by its locks it uses another policy\n"),
              std::string::npos)
        << tool.err();
}

TEST(SuspendCommand, SaysWhichDaemonOnTheSamePathReadsOtherFiles) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("elsewhere/policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    const ControlDaemon other(tool.path("elsewhere/policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.err(),
              "relaypermit: another relaypermitd, process " + std::to_string(::getpid()) + " (" +
                  tool.path("elsewhere/policy.toml") + "), answers on " +
                  tool.path("control.sock.2") + " and reads other files: it was not told\n");
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_FALSE(other.suspended("mallory"));
    EXPECT_EQ(tool.run({"resume", "mallory", "--json"}), Exit::fine);
    EXPECT_NE(tool.out().find("\"notes\":[\"another relaypermitd, process "), std::string::npos)
        << tool.out();
}

// A process of another user that has locked the folder, as anybody may who can read it.
// `handed_on`: its parent took the lock, and has ended.
class Intruder {
  public:
    Intruder(const std::string& folder, bool handed_on) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        const pid_t first = ::fork();
        if (first == 0) {
            const int open = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
            if (::setresuid(nobody, nobody, nobody) != 0 || ::flock(open, LOCK_SH) != 0) ::_exit(1);
            if (handed_on && ::fork() > 0) ::_exit(0);
            const pid_t self = ::getpid();
            if (::write(ends[1], &self, sizeof self) != sizeof self) ::_exit(1);
            for (;;) ::pause();
        }
        ::close(ends[1]);
        EXPECT_EQ(::read(ends[0], &process_, sizeof process_),
                  static_cast<ssize_t>(sizeof process_));
        ::close(ends[0]);
        if (handed_on) ::waitpid(first, nullptr, 0);
    }
    ~Intruder() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);  // of a grandchild: fails at once
    }
    Intruder(const Intruder&) = delete;
    Intruder& operator=(const Intruder&) = delete;
    [[nodiscard]] std::string process() const { return "process " + std::to_string(process_); }

  private:
    static constexpr uid_t nobody = 65534;
    pid_t process_{};
};

TEST(SuspendCommand, IsNotHeldUpByWhoeverMayReadTheFolderAndLocksIt) {
    if (::geteuid() != 0) return;  // as another user only root can run a process
    for (const bool handed_on : {false, true}) {
        ScratchTool tool;
        tool.write("policy.toml", policy_of(tool));
        const Intruder intruder(std::filesystem::path(tool.path("policy.toml")).parent_path(),
                                handed_on);
        {
            const ControlDaemon daemon(tool.path("policy.toml"));
            EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
            EXPECT_TRUE(daemon.suspended("mallory"));
            // Whose lock has been handed on is not named beside another that is held.
            if (!handed_on) {
                EXPECT_TRUE(tool.err().starts_with("relaypermit: " + intruder.process() + " ("))
                    << tool.err();
                EXPECT_NE(tool.err().find(
                              ") of the user nobody has locked the folder of this policy as a "
                              "daemon does and is passed over: by its user it is none."),
                          std::string::npos)
                    << tool.err();
            }
        }
        EXPECT_EQ(tool.run({"suspend", "eve"}), Exit::failed);
        EXPECT_NE(tool.err().find("eve@example.com is NOT suspended: no running relaypermitd"),
                  std::string::npos)
            << tool.err();
        EXPECT_NE(tool.err().find(intruder.process() + " ("), std::string::npos) << tool.err();
        EXPECT_EQ(tool.err().find("uses this policy"), std::string::npos) << tool.err();
    }
}

// A copy of the daemon, which its user has made and runs.
class CopiedDaemon {
  public:
    explicit CopiedDaemon(const std::filesystem::path& folder) {
        constexpr uid_t nobody = 65534;
        namespace fs = std::filesystem;
        fs::permissions(folder, fs::perms{0755});
        const fs::path program = folder / "relaypermitd-test";
        fs::copy_file("/bin/sleep", program);
        EXPECT_EQ(::chown(program.c_str(), nobody, nobody), 0);
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        child_ = ::fork();
        if (child_ == 0) {
            const int open = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
            if (::setresuid(nobody, nobody, nobody) != 0 || ::flock(open, LOCK_SH) != 0) ::_exit(1);
            ::execl(program.c_str(), "relaypermitd", "60", nullptr);
            ::_exit(1);
        }
        ::close(ends[1]);
        char none = 0;
        EXPECT_EQ(::read(ends[0], &none, 1), 0) << "the other end is closed by exec";
        ::close(ends[0]);
    }
    ~CopiedDaemon() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    CopiedDaemon(const CopiedDaemon&) = delete;
    CopiedDaemon& operator=(const CopiedDaemon&) = delete;
    [[nodiscard]] std::string process() const { return "process " + std::to_string(child_); }

  private:
    pid_t child_{};
};

TEST(SuspendCommand, IsNotDoneWhileACopyOfTheDaemonThatIsAnybodysUsesThePolicy) {
    if (::geteuid() != 0) return;  // as another user only root can run a process
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const CopiedDaemon copy(std::filesystem::path(tool.path("policy.toml")).parent_path());
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_NE(tool.err().find("mallory@example.com is NOT suspended: " + copy.process() +
                              " (relaypermitd-te) of the user nobody uses this policy and answers "
                              "on no control socket"),
              std::string::npos)
        << tool.err();
}

TEST(SuspensionLock, DoesNotWaitForeverAndNamesWhoHasIt) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const auto first = SuspensionLock::take(tool.path("policy.toml"));
    ASSERT_TRUE(first);
    const auto second =
        SuspensionLock::take(tool.path("policy.toml"), std::chrono::milliseconds{50});
    ASSERT_FALSE(second);
    EXPECT_TRUE(second.error().starts_with("process " + std::to_string(::getpid()) + " ("))
        << second.error();
    EXPECT_TRUE(second.error().ends_with(") holds " + tool.path("policy.d/.suspended.lock") +
                                         " and does not let go of it: end that, and try again"))
        << second.error();
}

}  // namespace
}  // namespace relaypermit

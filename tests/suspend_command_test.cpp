#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>
#include <csignal>
#include <filesystem>

#include "inspect/suspension_file.h"
#include "tests/scratch_tool.h"

namespace relaypermit {
namespace {

volatile std::sig_atomic_t hangups = 0;

// Holds the lock beside a socket as the daemon does, and counts the signals that it gets.
class FakeDaemon {
  public:
    explicit FakeDaemon(const std::string& socket)
        : lock_(::open((socket + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)) {
        const std::string pid = std::to_string(::getpid()) + "\n";
        EXPECT_EQ(::write(lock_, pid.data(), pid.size()), static_cast<ssize_t>(pid.size()));
        EXPECT_EQ(::flock(lock_, LOCK_EX | LOCK_NB), 0);
        hangups = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { hangups = hangups + 1; };
        ::sigaction(SIGHUP, &action, &before_);
    }
    ~FakeDaemon() {
        ::sigaction(SIGHUP, &before_, nullptr);
        ::close(lock_);
    }
    FakeDaemon(const FakeDaemon&) = delete;
    FakeDaemon& operator=(const FakeDaemon&) = delete;

  private:
    int lock_;
    struct sigaction before_ {};
};

std::string policy_of(const ScratchTool& tool) {
    return "relay.hosted_domains = [\"example.com\"]\nlogin.default_realm = \"example.com\"\n"
           "listen.milter = \"unix:" +
           tool.path("milter.sock") + "\"\n";
}

constexpr std::string_view file = "policy.d/suspended-mallory@example.com.toml";

TEST(SuspendCommand, WritesAFileOfItsOwnAndReloadsTheDaemon) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const FakeDaemon daemon(tool.path("milter.sock"));
    EXPECT_EQ(tool.run({"suspend", "Mallory", "--note", "ticket \"4711\""}), Exit::fine)
        << tool.err();
    EXPECT_EQ(hangups, 1);
    EXPECT_EQ(tool.out(), "Mallory@example.com is suspended: its next message is refused (" +
                              tool.path(file) + ")\n");
    const std::string text = tool.read(file);
    EXPECT_EQ(text.substr(text.find('\n') + 1),
              "[[restrict]]\n"
              "id        = \"suspended:mallory@example.com\"\n"
              "logins    = [\"Mallory@example.com\"]\n"
              "suspended = true\n"
              "note      = \"ticket \\\"4711\\\"\"\n");
    EXPECT_EQ(tool.run({"explain", "--login", "mallory"}), Exit::finding);
    EXPECT_NE(tool.out().find("account-suspended at MAIL"), std::string::npos) << tool.out();

    EXPECT_EQ(tool.run({"resume", "mallory@example.com"}), Exit::fine) << tool.err();
    EXPECT_EQ(hangups, 2);
    EXPECT_FALSE(std::filesystem::exists(tool.path(file)));
    EXPECT_EQ(tool.run({"explain", "--login", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::finding);
    EXPECT_EQ(tool.err(), "mallory@example.com is not suspended\n");
}

TEST(SuspendCommand, SaysWhatToRunWhereNoDaemonCanBeTold) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    const std::string lock = tool.path("milter.sock") + ".lock";
    EXPECT_EQ(tool.err(),
              "relaypermit: mallory@example.com is suspended in the policy, but the daemon was not "
              "told: no relaypermitd listens beside " +
                  lock + "\nrun: systemctl reload relaypermitd\n");
    EXPECT_TRUE(std::filesystem::exists(tool.path(file)));
    // A lock file that a dead daemon left is held by nobody: its id may be another process's now.
    tool.write("milter.sock.lock", std::to_string(::getpid()) + "\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_NE(tool.err().find("no relaypermitd holds " + lock), std::string::npos) << tool.err();
}

TEST(SuspendCommand, LeavesTheFileReadableToWhomThePolicyIs) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    ASSERT_EQ(::chmod(tool.path("policy.toml").c_str(), 0640), 0);
    const FakeDaemon daemon(tool.path("milter.sock"));
    ASSERT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    struct stat status {};
    ASSERT_EQ(::stat(tool.path(file).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
    ASSERT_EQ(::stat(tool.path("policy.d").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0750U);
}

TEST(SuspendCommand, NamesTheRuleThatSuspendsAlready) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool) +
                                  "[[restrict]]\nid = \"all\"\nlogins = [\"*@example.com\"]\n"
                                  "suspended = true\n");
    const FakeDaemon daemon(tool.path("milter.sock"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.out(), "mallory@example.com is suspended: by all at " +
                              tool.path("policy.toml") + ":4:1 already\n");
    EXPECT_FALSE(std::filesystem::exists(tool.path("policy.d")));
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::finding);
    EXPECT_EQ(tool.err(), "mallory@example.com is suspended by all at " + tool.path("policy.toml") +
                              ":4:1: remove it there\n");
}

TEST(SuspendCommand, TakesNoPatternForALogin) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"suspend", "*"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: no pattern means the login `*@example.com` alone\n");
    EXPECT_EQ(tool.run({"suspend", "/x/"}), Exit::failed);
    EXPECT_FALSE(std::filesystem::exists(tool.path("policy.d")));
}

TEST(SuspensionFile, KeepsEveryLoginWithinTheFolder) {
    const Login login{"../Etc/passwd", "example.com"};
    EXPECT_EQ(suspension_file("/etc/relaypermit/policy.toml", login),
              "/etc/relaypermit/policy.d/suspended-..%2Fetc%2Fpasswd@example.com.toml");
    EXPECT_EQ(suspension_id({"a b", "example.com"}).size(), 26U);
    EXPECT_NE(suspension_id({"a b", "example.com"}), suspension_id({"a c", "example.com"}));
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <sstream>
#include <thread>

#include "tests/support/control_daemon.h"
#include "tests/support/listening_policy.h"
#include "tests/support/scratch_tool.h"
#include "tool/commands/commands.h"
#include "tool/commands/suspension_entry.h"

namespace relaypermit {
namespace {

constexpr std::string_view file = "policy.d/00-suspended.toml";
constexpr std::string_view own_file = "policy.d/suspended-mallory@example.com.toml";

TEST(SuspendCommand, WritesItDownAndHasTheDaemonConfirmIt) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "Mallory", "--note", "ticket \"4711\""}), Exit::fine)
        << tool.err();
    EXPECT_EQ(daemon.reloads(), 1);
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
    EXPECT_EQ(daemon.reloads(), 2);
    EXPECT_FALSE(std::filesystem::exists(tool.path(file)));
    EXPECT_EQ(tool.run({"explain", "--login", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::finding);
    EXPECT_EQ(tool.err(), "mallory@example.com is not suspended\n");
}

TEST(SuspendCommand, SaysThatNoDaemonConfirmsIt) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.out(), "");
    EXPECT_EQ(tool.err(),
              "relaypermit: mallory@example.com is NOT suspended: no running relaypermitd reads " +
                  tool.path("policy.toml") + "; it is written in " + tool.path(file) +
                  "\nrun: systemctl start relaypermitd\n");
    EXPECT_TRUE(std::filesystem::exists(tool.path(file)));
}

// One policy.d, two daemons: each has to confirm it.
TEST(SuspendCommand, TellsEveryDaemonThatReadsThePolicyFolder) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("second.toml", "relay.hosted_domains = [\"example.com\"]\nlisten.control = \"unix:" +
                                  tool.path("second.sock") + "\"\n");
    const ControlDaemon first(tool.path("policy.toml"));
    const ControlDaemon again(tool.path("policy.toml"));  // the same file, on other sockets
    const ControlDaemon second(tool.path("second.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    for (const ControlDaemon* daemon : {&first, &again, &second}) {
        EXPECT_TRUE(daemon->suspended("mallory@example.com"));
        EXPECT_EQ(daemon->reloads(), 1);
    }
    tool.write("second.toml", "mode = \"monitor\"\n" + tool.read("second.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_NE(tool.err().find("(" + tool.path("second.toml") + "): `mode = \"monitor\"` at "),
              std::string::npos)
        << tool.err();
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    for (const ControlDaemon* daemon : {&first, &again, &second})
        EXPECT_FALSE(daemon->suspended("mallory@example.com"));
}

// What counts is the policy.d that a daemon reads, by whatever links.
TEST(SuspendCommand, TellsADaemonWhosePolicyFolderIsThisOne) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("policy.d/none.toml", "# nothing\n");
    tool.write("elsewhere/policy.toml", policy_of(tool));
    std::filesystem::create_directory_symlink("../policy.d", tool.path("elsewhere/policy.d"));
    const ControlDaemon first(tool.path("policy.toml"));
    const ControlDaemon second(tool.path("elsewhere/policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_TRUE(first.suspended("mallory"));
    EXPECT_TRUE(second.suspended("mallory"));
}

TEST(SuspendCommand, FindsTheDaemonOfAPolicyThatIsALink) {
    ScratchTool tool;
    tool.write("real/kept.toml", policy_of(tool));
    std::filesystem::create_symlink("real/kept.toml", tool.path("policy.toml"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_EQ(tool.run({"status"}), Exit::fine) << tool.out();
}

// policy.d lies beside the policy as each of them was given it.
TEST(SuspendCommand, SaysWhichNameOfAPolicyTheDaemonWasGiven) {
    ScratchTool tool;
    tool.write("real/policy.toml", policy_of(tool));
    std::filesystem::create_symlink("real/policy.toml", tool.path("policy.toml"));
    const ControlDaemon daemon(tool.path("real/policy.toml"));
    const std::string nobody =
        "no running relaypermitd reads policy.d beside " + tool.path("policy.toml") +
        " (the daemon on " + tool.path("control.sock") + " was given the same file as " +
        tool.path("real/policy.toml") + " and reads policy.d beside that: name it with -c)";
    EXPECT_EQ(tool.run({"status"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: " + nobody + "\n");
    EXPECT_EQ(tool.run({"reload"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: " + nobody + "\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: mallory@example.com is NOT suspended: " + nobody +
                              "; it is written in " + tool.path(file) + "\n");
    EXPECT_FALSE(daemon.suspended("mallory"));
}

TEST(SuspendCommand, KeepsOneFileForAllAndNoneIsLost) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    tool.write(file, "# by hand\n");
    constexpr int tools = 4;
    std::vector<std::thread> threads;
    std::atomic<int> fine{0};
    for (int number = 0; number < tools; ++number)
        threads.emplace_back([&, number] {
            std::ostringstream out;
            std::istringstream in;
            Commands commands = all_commands();
            const std::vector<std::string> arguments{"suspend", "user" + std::to_string(number),
                                                     "-c", tool.path("policy.toml")};
            fine += run_tool(commands, arguments, {.in = in, .out = out, .err = out}) == Exit::fine;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(fine, tools);
    for (int number = 0; number < tools; ++number)
        EXPECT_TRUE(daemon.suspended("user" + std::to_string(number)));
    for (int number = 0; number < tools; ++number)
        EXPECT_EQ(tool.run({"resume", "user" + std::to_string(number)}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.read(file), "# by hand\n");
}

TEST(SuspendCommand, TakesOutWhatEarlierVersionsWroteIntoAFileOfItsOwn) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write(
        own_file,
        "# Written by relaypermit suspend on 2026-06-01 14:30:05; relaypermit resume removes "
        "it.\n[[restrict]]\nid        = \"suspended:mallory@example.com\"\n"
        "logins    = [\"mallory@example.com\"]\nsuspended = true\n");
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_NE(tool.out().find(" already\n"), std::string::npos) << tool.out();
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_FALSE(std::filesystem::exists(tool.path(own_file)));
    EXPECT_FALSE(daemon.suspended("mallory"));
}

TEST(SuspendCommand, LeavesTheFileReadableToWhomThePolicyIs) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    ASSERT_EQ(::chmod(tool.path("policy.toml").c_str(), 0640), 0);
    const ControlDaemon daemon(tool.path("policy.toml"));
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
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.out(), "mallory@example.com is suspended: by all at " +
                              tool.path("policy.toml") + ":5:1 already\n");
    EXPECT_FALSE(std::filesystem::exists(tool.path("policy.d")));
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::finding);
    EXPECT_EQ(tool.err(), "mallory@example.com is suspended by all at " + tool.path("policy.toml") +
                              ":5:1: remove it there\n");
}

TEST(SuspendCommand, TakesNoPatternForALogin) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"suspend", "*"}), Exit::failed);
    EXPECT_EQ(tool.err(),
              "relaypermit: *@example.com is NOT suspended: no pattern means the login "
              "`*@example.com` alone\n");
    EXPECT_EQ(tool.run({"suspend", "/x/"}), Exit::failed);
    EXPECT_FALSE(std::filesystem::exists(tool.path("policy.d")));
}

// Anything else would be a false "stopped" while the account goes on sending.
TEST(SuspendCommand, SaysWhyTheLoginGoesOnWhereThePolicyRefusesNothing) {
    for (const auto& [setting, why] : std::initializer_list<std::pair<std::string, std::string>>{
             {"mode = \"monitor\"", "`mode = \"monitor\"` at POLICY:1:1"},
             {"cause.account-suspended.action = \"off\"",
              "`action = \"off\"` of [cause.account-suspended] at POLICY:1:25"},
             {"cause.account-suspended.action = \"monitor\"",
              "`action = \"monitor\"` of [cause.account-suspended] at POLICY:1:25"}}) {
        ScratchTool tool;
        tool.write("policy.toml", setting + "\n" + policy_of(tool));
        const ControlDaemon daemon(tool.path("policy.toml"));
        std::string expected = why;
        expected.replace(expected.find("POLICY"), 6, tool.path("policy.toml"));
        expected = "relaypermit: mallory@example.com is NOT suspended: " + expected +
                   " would let its next message pass\n";
        EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
        EXPECT_EQ(tool.out(), "");
        EXPECT_EQ(tool.err(), expected.substr(0, expected.size() - 1) + "; it is written in " +
                                  tool.path(file) + "\n");
        // The rule counts once the setting is gone, and is in the record until then.
        EXPECT_EQ(daemon.reloads(), 1);
        EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
        EXPECT_EQ(tool.err(), expected);
        EXPECT_EQ(tool.run({"suspend", "mallory", "--json"}), Exit::failed);
        EXPECT_NE(tool.out().find("\"state\":\"not-suspended\""), std::string::npos) << tool.out();
    }
}

TEST(SuspendCommand, StopsBothFormsOfALoginWhereNoDefaultRealmMakesThemOne) {
    ScratchTool tool;
    tool.write("policy.toml", "relay.hosted_domains = [\"example.com\"]\nlisten.milter = \"unix:" +
                                  tool.path("milter.sock") + "\"\nlisten.control = \"unix:" +
                                  tool.path("control.sock") + "\"\n");
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_TRUE(tool.out().starts_with("mallory@example.com is suspended: ")) << tool.out();
    for (const std::string login : {"mallory", "mallory@example.com"}) {
        EXPECT_EQ(tool.run({"explain", "--login", login}), Exit::finding);
        EXPECT_NE(tool.out().find("account-suspended at MAIL"), std::string::npos) << tool.out();
    }
    // What it writes is nothing to be warned of.
    tool.write("policy.toml", "server.name = \"mail.example.com\"\n" + tool.read("policy.toml"));
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"explain", "--login", "mallory@example.com"}), Exit::fine);
}

// It is to end again: no reason for a nightly check to fail, or to advise that a grant go.
TEST(SuspendCommand, IsNothingThatCheckDoubts) {
    ScratchTool tool;
    tool.write("policy.toml", "server.name = \"mail.example.com\"\n" + policy_of(tool) +
                                  "[[alias]]\nid = \"desk\"\nlogins = [\"mallory\"]\n"
                                  "senders = [\"desk@example.com\"]\n"
                                  "[[restrict]]\nid = \"inside\"\nlogins = [\"mallory\"]\n"
                                  "recipients = [\"hosted\"]\n");
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory+news"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::fine) << tool.err();
}

TEST(SuspendCommand, WantsTheRealmWhereThereAreSeveral) {
    ScratchTool tool;
    tool.write("policy.toml", "relay.hosted_domains = [\"example.com\", \"example.org\"]\n");
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.err(),
              "relaypermit: mallory is NOT suspended: the policy has no `default_realm`; name it "
              "with its realm, as in mallory@example.com\n");
}

TEST(SuspendCommand, IsNotKeptFromItsWorkByTheNote) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory", "--note", "ge\xE4rgert"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.err(),
              "relaypermit: the note holds invalid UTF-8: it is written as `ge\\xe4rgert`\n");
    EXPECT_NE(tool.read(file).find("ge\\\\xe4rgert"), std::string::npos) << tool.read(file);
}

TEST(SuspendCommand, ReplacesNoLink) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write("elsewhere.toml", "");
    std::filesystem::create_directory(tool.path("policy.d"));
    std::filesystem::create_symlink(tool.path("elsewhere.toml"), tool.path(file));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::failed);
    EXPECT_TRUE(std::filesystem::is_symlink(tool.path(file)));
    EXPECT_EQ(tool.read("elsewhere.toml"), "");
}

TEST(SuspendCommand, NamesTheRuleThatSuspendsALoginStill) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    tool.write("policy.toml", policy_of(tool) +
                                  "[[restrict]]\nid = \"all\"\nlogins = [\"*@example.com\"]\n"
                                  "suspended = true\n");
    ASSERT_EQ(tool.run({"reload"}), Exit::fine);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::finding);
    EXPECT_EQ(tool.out(), "");
    EXPECT_EQ(tool.err(), "relaypermit: mallory@example.com is NOT resumed: all at " +
                              tool.path("policy.toml") +
                              ":5:1 suspends it in the policy in force; it is taken out of " +
                              tool.path(file) + "\n");
    EXPECT_EQ(daemon.reloads(), 3);
}

TEST(SuspensionFile, KeepsEveryLoginWithinTheFolder) {
    const Login login{"../Etc/passwd", "example.com"};
    EXPECT_EQ(own_suspension_file("/etc/relaypermit/policy.toml", login),
              "/etc/relaypermit/policy.d/suspended-..%2Fetc%2Fpasswd@example.com.toml");
    EXPECT_EQ(suspension_id({"a b", "example.com"}).size(), 26U);
    EXPECT_NE(suspension_id({"a b", "example.com"}), suspension_id({"a c", "example.com"}));
}

}  // namespace
}  // namespace relaypermit

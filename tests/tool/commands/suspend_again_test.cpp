// An account that is suspended already, or was: ends, notes, and what somebody has edited.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "tests/support/control_daemon.h"
#include "tests/support/listening_policy.h"
#include "tests/support/scratch_tool.h"
#include "tool/commands/suspension_file.h"

namespace relaypermit {
namespace {

constexpr std::string_view file = "policy.d/00-suspended.toml";

TEST(SuspendCommand, EndsWhenItIsAskedTo) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "mallory", "--until", "2027-01-31"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.out(),
              "mallory@example.com is suspended until 2027-01-31: its next message is "
              "refused (" +
                  tool.path(file) + ")\n");
    EXPECT_NE(tool.read(file).find("suspended = true\nuntil     = 2027-01-31\n"),
              std::string::npos);
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_EQ(tool.run({"who", "--login", "mallory"}), Exit::fine);
    EXPECT_NE(tool.out().find("until 2027-01-31"), std::string::npos) << tool.out();
    // It lasts longer than that.
    ASSERT_EQ(tool.run({"suspend", "mallory", "--json"}), Exit::fine) << tool.err();
    EXPECT_NE(tool.out().find("\"state\":\"suspended\",\"until\":null"), std::string::npos)
        << tool.out();
    EXPECT_EQ(tool.read(file).find("until"), std::string::npos) << tool.read(file);
    EXPECT_EQ(tool.run({"suspend", "mallory", "--until", "2026-12-01T08:00:00+01:00"}), Exit::fine);
    EXPECT_NE(
        tool.err().find("warning: this ends it sooner: mallory@example.com was suspended without "
                        "an end\n"),
        std::string::npos)
        << tool.err();
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_FALSE(daemon.suspended("mallory"));
    for (const std::string wrong : {"2026-11-20", "tomorrow", "2027-01-31T12:00:00", "12:00:00",
                                    "2027-02-30", "2027-01-31\nx = 1"}) {
        EXPECT_EQ(tool.run({"suspend", "mallory", "--until", wrong}), Exit::failed) << wrong;
        EXPECT_TRUE(tool.err().starts_with("relaypermit: --until `")) << tool.err();
        EXPECT_TRUE(tool.err().ends_with(": nothing was changed\n")) << tool.err();
    }
    EXPECT_FALSE(daemon.suspended("mallory"));
}

TEST(SuspendCommand, ReplacesTheNoteOfAnEarlierOneAndNothingElse) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "mallory", "--note", "first", "--until", "2027-01-31"}),
              Exit::fine);
    ASSERT_EQ(tool.run({"suspend", "mallory", "--note", "second"}), Exit::fine) << tool.err();
    EXPECT_NE(tool.out().find(" is suspended until 2027-01-31: by suspended:mallory@example.com "),
              std::string::npos)
        << tool.out();
    EXPECT_NE(tool.out().find(" already; its note is replaced, which was `first`\n"),
              std::string::npos)
        << tool.out();
    EXPECT_NE(tool.read(file).find("until     = 2027-01-31\nnote      = \"second\"\n"),
              std::string::npos)
        << tool.read(file);
    EXPECT_EQ(tool.read(file).find("first"), std::string::npos);
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
}

TEST(SuspendCommand, SaysWhichEndHoldsWhereAnotherRuleLastsLonger) {
    ScratchTool tool;
    const auto rule = [&](const std::string& until) {
        return policy_of(tool) + "[[restrict]]\nid = \"all\"\nlogins = [\"*@example.com\"]\n" +
               until + "suspended = true\n";
    };
    const std::string at = "all at " + tool.path("policy.toml") + ":5:1";
    tool.write("policy.toml", rule("until = 2027-03-01\n"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory", "--until", "2027-01-31"}), Exit::fine);
    EXPECT_EQ(tool.out(), "mallory@example.com is suspended until 2027-03-01: by " + at +
                              " already, which lasts longer than 2027-01-31\n");
    EXPECT_EQ(tool.run({"suspend", "mallory", "--until", "2027-03-01"}), Exit::fine);
    EXPECT_EQ(tool.out(),
              "mallory@example.com is suspended until 2027-03-01: by " + at + " already\n");
    // One of its own, which is moved below the other.
    ASSERT_EQ(tool.run({"suspend", "mallory", "--until", "2027-06-30", "--note", "4711"}),
              Exit::fine);
    EXPECT_EQ(tool.err(), "");
    ASSERT_EQ(tool.run({"suspend", "mallory", "--until", "2027-01-31"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "warning: this ends it sooner: mallory@example.com was suspended until 2027-06-30\n"
              "relaypermit: " +
                  at +
                  " suspends it until 2027-03-01: that end holds, and not "
                  "2027-01-31\n");
    EXPECT_TRUE(tool.out().starts_with("mallory@example.com is suspended until 2027-03-01: "))
        << tool.out();
    const std::string kept = "until     = 2027-01-31\nnote      = \"4711\"\n";
    EXPECT_NE(tool.read(file).find(kept), std::string::npos) << tool.read(file);
    // Its note can be changed, and is kept, where the other rule has no end.
    tool.write("policy.toml", rule(""));
    ASSERT_EQ(tool.run({"reload"}), Exit::fine);
    ASSERT_EQ(tool.run({"suspend", "mallory", "--until", "2027-02-28"}), Exit::fine);
    EXPECT_EQ(tool.err(), "relaypermit: " + at +
                              " suspends it without an end: that end holds, and not "
                              "2027-02-28\n");
    EXPECT_NE(tool.read(file).find("until     = 2027-02-28\nnote      = \"4711\"\n"),
              std::string::npos)
        << tool.read(file);
}

// Its daemon has left it behind, and its admin a comment.
TEST(SuspendCommand, ReplacesAnEndedSuspensionThatSomebodyHasEdited) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    const std::string eve =
        "# of the desk\n[[restrict]]\nid = \"eve\"\nlogins = [\"eve\"]\nsuspended = true\n";
    tool.write(file,
               "[[restrict]]\nid = 'suspended:mallory@example.com'\n"
               "logins = [\"mallory@example.com\"]\nsuspended = true # 4711\n"
               "until = 2026-11-20\n" +
                   eve);
    ASSERT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.err(), "warning: lines 1 to 5 of " + tool.path(file) +
                              ", which somebody has edited and which ended on 2026-11-20, are "
                              "replaced\n");
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_TRUE(tool.read(file).starts_with(eve)) << tool.read(file);
    ASSERT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.read(file), eve);
}

TEST(SuspendCommand, SaysThatASuspensionHasEnded) {
    ScratchTool tool;
    tool.write("policy.toml", "server.name = \"mail.example.com\"\n" + policy_of(tool));
    const auto ended = [&](const std::string& login) {
        return "# Written by relaypermit suspend on 2026-11-01 14:30:05; relaypermit resume "
               "removes "
               "it.\n[[restrict]]\nid        = \"suspended:" +
               login + "\"\nlogins    = [\"" + login +
               "\"]\nsuspended = true\nuntil     = 2026-11-20\n";
    };
    tool.write(file, ended("mallory@example.com"));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "eve", "--until", "2027-01-31", "--note", "4711"}), Exit::fine)
        << tool.err();
    ASSERT_EQ(tool.run({"suspend", "bob"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"status"}), Exit::fine) << tool.out();
    EXPECT_NE(tool.out().find("  suspended eve@example.com until 2027-01-31: 4711\n"
                              "            bob@example.com, without an end\n"
                              "  ended     mallory@example.com: on 2026-11-20; `relaypermit resume "
                              "mallory@example.com` removes it\n"),
              std::string::npos)
        << tool.out();
    EXPECT_EQ(tool.run({"status", "--json"}), Exit::fine);
    EXPECT_NE(tool.out().find("\"login\":\"mallory@example.com\",\"rule\":\"suspended:mallory@"
                              "example.com\""),
              std::string::npos)
        << tool.out();
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
    EXPECT_EQ(tool.err(), tool.path(file) +
                              ":2:1: warning: the suspension of `mallory@example.com` ended on "
                              "2026-11-20: it stops nobody any more (`relaypermit resume "
                              "mallory@example.com` removes it)\n"
                              "    2 | [[restrict]]\n"
                              "      | ^~~~~~~~~~~~\n");
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.out(),
              "mallory@example.com is resumed: its suspension ended on 2026-11-20, and "
              "is taken out of " +
                  tool.path(file) + "\n");
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::fine) << tool.err();
}

// How often this process has opened the lock of the suspensions.
int opened_locks() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code closed;
        count += std::filesystem::read_symlink(entry, closed).filename() == ".suspended.lock";
    }
    return count;
}

// Runs the tool up to where it waits for the lock, then has `meanwhile` in the file, as somebody
// else who held it had written.
Exit run_beside(ScratchTool& tool, const std::vector<std::string>& arguments,
                const std::string& meanwhile) {
    Exit exit{};
    std::thread thread;
    {
        const auto lock = SuspensionLock::take(tool.path("policy.toml"));
        EXPECT_TRUE(lock);
        thread = std::thread([&] { exit = tool.run(arguments); });
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{8};
        while (opened_locks() < 2 && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        tool.write(file, meanwhile);
    }
    thread.join();
    return exit;
}

TEST(SuspendCommand, KeepsWhatAnotherOneWritesAtTheSameTime) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    const auto written = [&](const std::vector<std::string>& arguments) {
        EXPECT_EQ(tool.run(arguments), Exit::fine) << tool.err();
        return tool.read(file);
    };
    const std::string with_note = written({"suspend", "mallory", "--note", "ticket 4711"});
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    const std::string with_end = written({"suspend", "mallory", "--until", "2027-01-31"});

    EXPECT_EQ(run_beside(tool, {"suspend", "mallory", "--until", "2027-03-31"}, with_note),
              Exit::fine)
        << tool.err();
    EXPECT_NE(tool.read(file).find("ticket 4711"), std::string::npos) << tool.read(file);
    EXPECT_NE(tool.read(file).find("2027-03-31"), std::string::npos) << tool.read(file);

    EXPECT_EQ(run_beside(tool, {"suspend", "mallory", "--note", "ticket 4712"}, with_end),
              Exit::fine)
        << tool.err();
    EXPECT_NE(tool.read(file).find("ticket 4712"), std::string::npos) << tool.read(file);
    EXPECT_NE(tool.read(file).find("2027-01-31"), std::string::npos) << tool.read(file);
    EXPECT_TRUE(daemon.suspended("mallory"));
}

TEST(SuspendCommand, LeavesAloneWhatSomebodyElseWroteIntoItsFile) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "mallory", "--note", "ticket 4711"}), Exit::fine) << tool.err();
    const std::string eve = "[[restrict]]\nid = \"eve\"\nlogins = [\"eve\"]\nsuspended = true\n";
    tool.write(file, tool.read(file) + eve);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.read(file), eve);
}

TEST(SuspendCommand, SaysWhichLinesToDeleteWhereSomebodyHasEditedThem) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    const std::string then = " of " + tool.path(file) + ", and run `relaypermit reload -c " +
                             tool.path("policy.toml") + "`\n";
    const std::string edited = tool.read(file) + "text = \"Call us\"\n";
    tool.write(file, edited);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::failed);
    EXPECT_EQ(
        tool.err(),
        "relaypermit: mallory@example.com is NOT resumed: somebody has edited its suspension: "
        "delete lines 2 to 6" +
            then);
    // It suspends all the same, and what is asked for besides is not done.
    EXPECT_EQ(tool.run({"suspend", "mallory", "--note", "4711"}), Exit::fine);
    EXPECT_EQ(tool.err(), "relaypermit: nothing is changed: somebody has edited lines 2 to 6 of " +
                              tool.path(file) +
                              ", the suspension of `mallory@example.com`: delete them, and do "
                              "this again\n");
    EXPECT_EQ(tool.out(), "mallory@example.com is suspended: by suspended:mallory@example.com at " +
                              tool.path(file) + ":2:1 already\n");
    EXPECT_EQ(tool.read(file), edited);
    // One that no longer suspends is not overwritten either.
    const std::string limited =
        "[[restrict]]\nid = \"suspended:mallory@example.com\"\n"
        "logins = [\"mallory@example.com\"]\nnetworks = [\"192.0.2.0/24\"]\n";
    tool.write(file, limited);
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.err(),
              "relaypermit: mallory@example.com is NOT suspended: somebody has edited lines 1 to 4 "
              "of " +
                  tool.path(file) +
                  ", the suspension of `mallory@example.com`: delete them, and do this again\n");
    EXPECT_EQ(tool.read(file), limited);
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::failed);
    EXPECT_EQ(tool.read(file), limited);
}

}  // namespace
}  // namespace relaypermit

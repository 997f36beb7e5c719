#include "milter/control.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "config/control_address.h"
#include "config/suspensions.h"
#include "milter/control_socket.h"
#include "tests/support/control_daemon.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

std::string suspending(std::string_view login) {
    return "[[restrict]]\nid = \"suspended:" + std::string(login) + "\"\nlogins = [\"" +
           std::string(login) + "\"]\nsuspended = true\n";
}

std::string policy_of(const ScratchTool& tool) {
    return "relay.hosted_domains = [\"example.com\"]\nlogin.default_realm = \"example.com\"\n"
           "listen.control = \"unix:" +
           tool.path("control.sock") + "\"\n";
}
constexpr std::string_view suspended = "policy.d/00-suspended.toml";

TEST(ControlProtocol, ReadsBackWhatItWrites) {
    ControlAnswer answer;
    answer.reload =
        ReloadReport{TimePoint(std::chrono::seconds(5)), false, {"a \"b\"\n"}, 7, false, {"c"}};
    answer.account = AccountState{"m@example.com", {"m@example.com", "m"}, true, "r", "p:1:2", ""};
    DaemonStatus& status = answer.status.emplace();
    status.process = 812;
    status.files = {{"policy.toml", "00ff"}};
    status.store = StoreStatus{"/x", 1, 2, 3, "full"};
    status.tables = {{"t", "gone"}};
    status.kept_over_a_crash = true;
    status.suspensions = {
        {"m@example.com", "suspended:m", "p:1:1", "2027-01-01", "2027-01-31", true, "4711"}};
    const std::string line = to_line(answer);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto read = read_control_answer(line);
    ASSERT_TRUE(read);
    EXPECT_EQ(to_line(*read), line);
    EXPECT_EQ(read->status->files, status.files);
    EXPECT_EQ(read->status->suspensions.at(0).until, "2027-01-31");
    EXPECT_EQ(read->reload->mistakes.front(), "a \"b\"\n");
    EXPECT_EQ(read->reload->mistake_count, 7U);
    EXPECT_EQ(read->account->forms.size(), 2U);
    const auto request = read_control_request(to_line({ControlRequest::Ask::account, "m\xff"}));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->ask, ControlRequest::Ask::account);
}

TEST(ControlProtocol, TakesNothingElse) {
    for (const std::string_view line :
         {"", "{", "[]", "reload", "{\"ask\":\"stop\"}", "{\"ask\":1}", "{\"login\":\"m\"}"})
        EXPECT_FALSE(read_control_request(line)) << line;
    EXPECT_FALSE(read_control_answer("{\"status\":{\"process\":\"x\"}}"));
    EXPECT_FALSE(read_control_answer("{\"status\":3}"));
}

TEST(Control, AnswersLinesAndHangsUpOnWhatIsNone) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    KeptLog log;
    PolicyInForce policies(tool.path("policy.toml"), "mail.example.com",
                           load_policy(tool.path("policy.toml"), "mail.example.com"), log);
    Reloads reloads(policies, [&] { policies.reload(); });
    const ControlDesk desk{policies, reloads, [](const Settings&, DaemonStatus&) {}, system_now};
    Control control(desk);
    std::string input = "{\"ask\":\"account\",\"login\":\"mallory\"}\n{\"ask\":";
    std::string output;
    EXPECT_EQ(control.take_turn(input, output), Conversation::Turn::request);
    EXPECT_EQ(input, "{\"ask\":");
    EXPECT_EQ(read_control_answer(output)->account->login, "mallory@example.com");
    EXPECT_EQ(control.take_turn(input, output), Conversation::Turn::part_of_a_request);
    output.clear();
    input += "\"stop\"}\n";
    EXPECT_EQ(control.take_turn(input, output), Conversation::Turn::junk);
    EXPECT_EQ(read_control_answer(output)->fault, "this daemon knows no such request");
}

// Without a default realm an account has two names, and one may be suspended by hand.
TEST(Control, NamesTheRestrictionOfWhicheverNameIsSuspended) {
    ScratchTool tool;
    tool.write("policy.toml",
               "[relay]\nhosted_domains = [\"example.com\"]\n[[restrict]]\nid = \"by-hand\"\n"
               "logins = [\"mallory\"]\nsuspended = true\n");
    KeptLog log;
    PolicyInForce policies(tool.path("policy.toml"), "mail.example.com",
                           load_policy(tool.path("policy.toml"), "mail.example.com"), log);
    Reloads reloads(policies, [&] { policies.reload(); });
    ControlDesk desk{policies, reloads, [](const Settings&, DaemonStatus&) {}, system_now};
    const ControlRequest request{ControlRequest::Ask::account, "mallory@example.com"};
    EXPECT_EQ(answer_control(desk, request).account->rule, "by-hand");
    desk.judges_logins = false;
    const auto elsewhere = answer_control(desk, request).account;
    EXPECT_FALSE(elsewhere->suspended);
    EXPECT_EQ(elsewhere->why_not, "it serves no milter, so it judges nobody who logs in");
}

TEST(ControlSocket, IsForTheOwnerAndTheGroupAloneAndSharesAPath) {
    ScratchTool tool;
    KeptLog log;
    ListenSettings listen;
    listen[Protocol::control] = "unix:" + tool.path("control.sock");
    const auto first = open_control(listen, {}, log);
    const auto second = open_control(listen, {}, log);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->name(), "unix:" + tool.path("control.sock"));
    EXPECT_EQ(second->name(), "unix:" + tool.path("control.sock.2"));
    struct stat status {};
    ASSERT_EQ(::stat(tool.path("control.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    EXPECT_EQ(status.st_gid, ::getegid());
}

TEST(ControlSocket, IsSaidToBeMissingAndKeepsNothingFromBeingServed) {
    ScratchTool tool;
    KeptLog log;
    ListenSettings listen;
    listen[Protocol::control] = "unix:" + tool.path("no/control.sock");
    EXPECT_FALSE(open_control(listen, {}, log));
    ASSERT_EQ(log.at(LogLevel::error).size(), 1U);
    EXPECT_TRUE(log.at(LogLevel::error)[0].starts_with("there is no control socket"));
    listen[Protocol::control].clear();
    EXPECT_FALSE(open_control(listen, {}, log));
    EXPECT_EQ(log.at(LogLevel::error).size(), 1U);
}

TEST(ControlAddress, IsBesideTheMiltersSocketWhereTheDefaultCannotBeHad) {
    ListenSettings listen;
    listen[Protocol::milter] = "unix:/srv/m.sock";
    listen[Protocol::policy] = "inet:8891@127.0.0.1";
    EXPECT_EQ(control_paths(listen),
              (std::vector<std::string>{"/run/relaypermit/control.sock", "/srv/m.sock.control"}));
    listen[Protocol::control] = "unix:/srv/c.sock";
    EXPECT_EQ(control_paths(listen), std::vector<std::string>{"/srv/c.sock"});
    listen[Protocol::control] = "unix:/" + std::string(105, 'x');
    EXPECT_TRUE(control_paths(listen).empty());
}

TEST(Suspensions, AreAFileThatHoldsNothingElse) {
    EXPECT_EQ(load_suspensions_text(suspending("m@example.com"), "f", nullptr).restrictions.size(),
              1U);
    EXPECT_TRUE(load_suspensions_text("# nobody\n", "f", nullptr).errors.empty());
    for (const std::string_view text :
         {"mode = \"monitor\"\n", "[[restrict]]\nid = \"a\"\nlogins = [\"*\"]\n",
          "[[restrict]]\nid = \"a\"\nlogins = [\"*\"]\nnetworks = [\"192.0.2.0/24\"]\n",
          "[[restrict]]\nid = \"a\"\nlogins = [\"group:x\"]\nsuspended = true\n", "x ="})
        EXPECT_FALSE(load_suspensions_text(text, "f", nullptr).errors.empty()) << text;
}

TEST(Overlay, PutsSuspensionsOnTopOfTheOldPolicyAndTakesThemOff) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write(suspended, suspending("eve@example.com"));
    ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_TRUE(daemon.suspended("eve"));
    tool.write("policy.toml", policy_of(tool) + "mood = 1\n");
    tool.write(suspended, suspending("eve@example.com") + suspending("mallory@example.com"));
    const ReloadReport report = daemon.hang_up();
    EXPECT_FALSE(report.loaded);
    EXPECT_EQ(report.mistake_count, 1U);
    EXPECT_TRUE(report.suspensions_in_force);
    EXPECT_TRUE(daemon.suspended("mallory") && daemon.suspended("eve"));
    tool.write(suspended, suspending("mallory@example.com"));
    EXPECT_TRUE(daemon.hang_up().suspensions_in_force);
    EXPECT_TRUE(daemon.suspended("mallory"));
    EXPECT_FALSE(daemon.suspended("eve"));
    // Not sound by itself: who is suspended stays it.
    tool.write(suspended, "x =\n");
    EXPECT_FALSE(daemon.hang_up().suspensions_in_force);
    EXPECT_TRUE(daemon.suspended("mallory"));
    // The next sound policy is in force as it is written.
    tool.write("policy.toml", policy_of(tool));
    fs::remove(tool.path(suspended));
    EXPECT_TRUE(daemon.hang_up().loaded);
    EXPECT_FALSE(daemon.suspended("mallory"));
}

// Nobody goes free because a file cannot be read.
TEST(Overlay, KeepsASuspensionWhoseFileIsNotReadable) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    tool.write(suspended, suspending("mallory@example.com"));
    ControlDaemon daemon(tool.path("policy.toml"));
    fs::remove(tool.path(suspended));
    fs::create_symlink("gone", tool.path(suspended));
    const ReloadReport report = daemon.hang_up();
    EXPECT_FALSE(report.loaded || report.suspensions_in_force);
    EXPECT_TRUE(daemon.suspended("mallory"));
}

TEST(Status, TellsThatThePolicyOnDiskIsNotTheOneInForce) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"status"}), Exit::fine) << tool.err();
    EXPECT_NE(tool.out().find("in force since 2026-11-2"), std::string::npos) << tool.out();
    EXPECT_NE(tool.out().find(", the same as on disk\n"), std::string::npos) << tool.out();
    tool.write("policy.toml", policy_of(tool) + "mood = 1\n");
    EXPECT_EQ(tool.run({"status"}), Exit::finding);
    EXPECT_NE(tool.out().find("not as on disk: " + tool.path("policy.toml")), std::string::npos)
        << tool.out();
    EXPECT_EQ(tool.run({"reload"}), Exit::finding);
    EXPECT_NE(tool.err().find("policy.toml:4:1: error: unknown key `mood`"), std::string::npos)
        << tool.err();
    EXPECT_EQ(tool.run({"status"}), Exit::finding);
    EXPECT_NE(tool.out().find("1 mistake, not loaded"), std::string::npos) << tool.out();
    EXPECT_EQ(tool.run({"status", "--json"}), Exit::finding);
    EXPECT_NE(tool.out().find("\"loaded\":false"), std::string::npos) << tool.out();
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"reload"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"status"}), Exit::fine);
    EXPECT_EQ(daemon.reloads(), 2);
}

TEST(Status, SaysThatAChangedSocketOfTheMetricsTakesARestart) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    ControlDaemon daemon(tool.path("policy.toml"));
    tool.write("policy.toml", policy_of(tool) + "metrics.listen = \"127.0.0.1:9797\"\n");
    EXPECT_EQ(tool.run({"reload"}), Exit::fine) << "the rest is in force";
    EXPECT_TRUE(tool.err().ends_with(
        ": a change of `listen` in [metrics] takes a restart of relaypermitd: a reload opens no "
        "sockets\n"))
        << tool.err();
}

TEST(Status, SaysThatChangedSocketsTakeARestart) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    ControlDaemon daemon(tool.path("policy.toml"));
    tool.write("policy.toml", policy_of(tool) + "listen.policy = \"inet:8891@127.0.0.1\"\n");
    const std::string warning =
        "what has changed in [listen] (policy) takes a restart of relaypermitd: a reload opens no "
        "sockets\n";
    EXPECT_EQ(tool.run({"reload"}), Exit::fine) << "the rest is in force";
    EXPECT_TRUE(tool.err().ends_with(": " + warning)) << tool.err();
    EXPECT_EQ(tool.run({"status"}), Exit::finding);
    EXPECT_NE(tool.out().find(warning), std::string::npos) << tool.out();
    EXPECT_EQ(tool.run({"status", "--json"}), Exit::finding);
    EXPECT_NE(tool.out().find("\"warnings\":[\"what has changed in [listen]"), std::string::npos)
        << tool.out();
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"reload"}), Exit::fine);
    EXPECT_EQ(tool.err(), "");
    EXPECT_EQ(tool.run({"status"}), Exit::fine) << tool.out();
}

TEST(Status, SaysWhatOfAPolicyCouldNotBeTakenUp) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    ControlDaemon daemon(tool.path("policy.toml"));
    daemon.fail("alias table sales: no such file; it stays as it was");
    EXPECT_EQ(tool.run({"reload"}), Exit::finding);
    EXPECT_EQ(tool.out(), "");
    EXPECT_TRUE(
        tool.err().ends_with(" has reloaded, but not all of it: alias table sales: no such "
                             "file; it stays as it was\n"))
        << tool.err();
    (void)tool.run({"status"});
    EXPECT_NE(tool.out().find("without mistakes; not all of it could be taken up"),
              std::string::npos)
        << tool.out();
    EXPECT_NE(tool.out().find("alias table sales: no such file"), std::string::npos);
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.err(), "relaypermit: alias table sales: no such file; it stays as it was\n");
}

TEST(Status, SaysWhereThereIsNoDaemon) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    for (const std::string command : {"status", "reload"}) {
        EXPECT_EQ(tool.run({command}), Exit::failed);
        EXPECT_EQ(tool.err(),
                  "relaypermit: no running relaypermitd reads " + tool.path("policy.toml") + "\n");
    }
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "policy/reply.h"
#include "record/line.h"
#include "record/store_file.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tool/base/when.h"
#include "tool/commands/commands.h"

namespace relaypermit {
namespace {

TEST(LogCommand, ShowsRefusalsFromAMailLog) {
    const TimeZone zone{"UTC"};
    const auto ran =
        run_relaypermit({"log", "--maillog", "-"}, sample_log({sample_refusal_at_mail(1)}, 0) +
                                                       sample_log({sample_accept(2)}, 1) +
                                                       sample_log({sample_refusal_at_mail(3)}, 2));
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(ran.out,
              "2026-06-01 12:00:00  sender-not-owned       00000001  alice@example.com "
              "(198.51.100.7 port 587), as bob@example.com\n"
              "2026-06-01 12:00:02  sender-not-owned       00000003  alice@example.com "
              "(198.51.100.7 port 587), as bob@example.com\n");
}

TEST(LogCommand, NamesTheCulpritInFrom) {
    const TimeZone zone{"UTC"};
    Record record = sample_refusal_at_mail(1);
    record.cause = Cause::from_unusable;
    record.stage = Stage::headers;
    record.from = {"Acme, Inc. <alice@example.com>"};
    record.reply =
        "550 5.7.1 Not sent - take the comma out of your sender name in account settings or put "
        "the name in quotes. For help ask postmaster@example.com - ref 00000001";
    const auto ran = run_relaypermit({"log", "--maillog", "-"}, sample_log({record}, 0));
    EXPECT_NE(ran.out.find("From: \"Acme, Inc. <alice@example.com>\", a comma in the name beside "
                           "the address"),
              std::string::npos)
        << ran.out;
}

TEST(LogCommand, BreaksLinesOnANarrowTerminal) {
    const TimeZone zone{"UTC"};
    const auto ran =
        run_relaypermit({"log", "--maillog", "-"}, sample_log({sample_record(1)}, 0), 60);
    EXPECT_TRUE(
        ran.out.starts_with("Mon 1 June 2026\n"
                            "12:00:00  sender-not-owned       00000001\n"
                            "          alice@example.com (198.51.100.7 port 587), as\n"))
        << ran.out;
    std::istringstream lines{ran.out};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 60U) << line;
}

TEST(LogCommand, ShowsTheStoreWithItsGaps) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    auto file = *StoreFile::open(path, 0, sample_time(), false);
    ASSERT_TRUE(file->write(
        {{sample_refusal_at_mail(1), sample_time(0)}, {sample_refusal_at_mail(2), sample_time(30)}},
        {{.from = sample_time(40),
          .until = sample_time(50),
          .count = 1234,
          .reason = "disk full"}}));
    ASSERT_TRUE(file->write({{sample_refusal_at_mail(3), sample_time(700)}}, {}));
    const auto ran = run_relaypermit({"log", "--store", path});
    EXPECT_EQ(ran.out,
              "2026-06-01 12:00:00  sender-not-owned       00000001  alice@example.com "
              "(198.51.100.7 port 587), as bob@example.com, 2 times until 12:00:30\n"
              "2026-06-01 12:00:40  1,234 decisions up to 2026-06-01 12:00:50 not in the store: "
              "disk full; the mail log has them\n"
              "2026-06-01 12:11:40  sender-not-owned       00000003  alice@example.com "
              "(198.51.100.7 port 587), as bob@example.com\n");
    const auto json = run_relaypermit({"log", "--store", path, "--json", "--cause", "weak-login"});
    EXPECT_EQ(json.out,
              "{\"gap\":\"disk full\",\"from\":\"2026-06-01T12:00:40Z\",\"until\":"
              "\"2026-06-01T12:00:50Z\",\"count\":1234}\n");
}

// What is printed, with something that happens whenever the reader is up to date.
class Watched final : public std::stringbuf {
  public:
    explicit Watched(std::function<bool(const std::string&)> then) : then_(std::move(then)) {}

  protected:
    int sync() override { return then_(str()) ? 0 : -1; }

  private:
    std::function<bool(const std::string&)> then_;
};

TEST(LogCommand, FollowsTheStoreAndTheCountsThatGrow) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    auto file = *StoreFile::open(path, 0, sample_time(), false);
    const auto store = [&](const Record& record, int second) {
        EXPECT_TRUE(file->write({{record, sample_time(second)}}, {}));
    };
    store(sample_refusal_at_mail(1), 0);
    int flushes = 0;
    Watched buffer{[&](const std::string&) {
        ++flushes;
        if (flushes == 1) {
            store(sample_refusal_at_mail(2), 1);  // the same refusal once more
        } else if (flushes == 2) {
            Record other = sample_refusal_at_mail(3);
            other.sender = "carol@example.com";
            store(other, 2);
        }
        return flushes < 3;
    }};
    std::ostream out{&buffer};
    std::istringstream in;
    std::ostringstream err;
    Commands commands = all_commands();
    const std::vector<std::string> arguments = {"log", "--store", path, "--follow"};
    EXPECT_EQ(run_tool(commands, arguments,
                       Context{.in = in,
                               .out = out,
                               .err = err,
                               .terminal = {.width = unlimited_width},
                               .now = sample_time(60)}),
              Exit::fine);
    const std::string line =
        "2026-06-01 12:00:00  sender-not-owned       00000001  alice@example.com (198.51.100.7 "
        "port 587), as bob@example.com";
    EXPECT_EQ(buffer.str(),
              line + "\n" + line + ", 2 times until 12:00:01\n" +
                  "2026-06-01 12:00:02  sender-not-owned       00000003  alice@example.com "
                  "(198.51.100.7 port 587), as carol@example.com\n");
    EXPECT_EQ(err.str(), "");
}

TEST(LogCommand, WritesAnObjectALine) {
    const auto ran =
        run_relaypermit({"log", "--maillog", "-", "--json"}, sample_log({sample_record(1)}, 0));
    EXPECT_TRUE(ran.out.starts_with(
        "{\"time\":\"2026-06-01T12:00:00Z\",\"last\":\"2026-06-01T12:00:00Z\",\"count\":1,"
        "\"varied\":false,\"queue\":\"4c1X1\",\"verdict\":\"reject\","))
        << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1);
}

TEST(LogCommand, ShowsAWrongPassword) {
    const TimeZone zone{"UTC"};
    Record record = sample_refusal_at_mail();
    record.cause = Cause::login_required;
    record.login.clear();
    const auto ran = run_relaypermit(
        {"log", "--maillog", "-"},
        rfc3339(sample_time(0)) +
            " mx1 postfix/smtpd[9]: warning: unknown[198.51.100.7]: SASL PLAIN authentication "
            "failed: x, sasl_username=alice\n" +
            sample_log({record}, 3));
    EXPECT_NE(ran.out.find("198.51.100.7 port 587, wrong password for alice, as bob@example.com"),
              std::string::npos)
        << ran.out;
}

TEST(LogCommand, LetsNoValuePassForFurtherFields) {
    const TimeZone zone{"UTC"};
    Record record = sample_refusal_at_mail();
    record.cause = Cause::from_not_owned;
    record.from = {
        "a@b, Sender: boss@example.com, to ceo@customer.example, rule own-address, only "
        "monitored",
        "c@d", "\"x\\\"@d"};
    const auto ran = run_relaypermit({"log", "--maillog", "-"}, sample_log({record}));
    EXPECT_NE(ran.out.find(", From: \"a@b, Sender: boss@example.com, to ceo@customer.example, rule "
                           "own-address, only monitored\", c@d, \"\\\"x\\\\\\\"@d\"\n"),
              std::string::npos)
        << ran.out;
}

TEST(LogCommand, LetsNoEscapeSequenceThrough) {
    Record record = sample_refusal_at_mail();
    record.helo = record.login = record.sender = "\x1b[2J\x1b]0;x\x07\n\u202e@example.com";
    record.recipients = {record.helo};
    record.rules = {record.helo};
    record.cause = Cause::from_not_owned;
    record.from = {record.helo};
    for (const std::size_t width : {unlimited_width, std::size_t{80}}) {
        const auto ran = run_relaypermit({"log", "--maillog", "-"}, sample_log({record}, 0), width);
        EXPECT_EQ(ran.out.find_first_of("\x1b\x07"), std::string::npos);
        EXPECT_EQ(ran.out.find("\u202e"), std::string::npos);
        EXPECT_NE(ran.out.find("\\x1b[2J"), std::string::npos) << ran.out;
    }
}

TEST(LogCommand, SaysWhyItCannot) {
    EXPECT_EQ(run_relaypermit({"log", "--store", "/nowhere/d.db"}).err,
              "relaypermit: store `/nowhere/d.db`: there is no such file\n");
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--store", "x"}).exit, Exit::failed);
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--follow"}).exit, Exit::failed);
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--since", "soon"}).exit, Exit::failed);
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--cause", "x"}).exit, Exit::failed);
    const ScratchDirectory scratch;
    const auto nameless =
        run_relaypermit({"log", "-c", scratch.write("p.toml", "mode = \"enforce\"\n")});
    EXPECT_EQ(nameless.exit, Exit::failed);
    EXPECT_NE(nameless.err.find("names no store"), std::string::npos) << nameless.err;
}

TEST(LogCommand, SaysWhereNothingIsFound) {
    const TimeZone zone{"UTC"};
    const auto ran = run_relaypermit({"log", "--maillog", "-", "--since", "24h"});
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "nothing on record from 2026-06-01 12:00:00 on\n");
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-"}).err, "nothing on record\n");
    const std::string log = sample_log({sample_refusal_at_mail(1), sample_accept(2)});
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--login", "mallory"}, log).err,
              "nothing of that kind among 1 decision on record\n");
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--since", "1h"}, log).err,
              "nothing on record from 2026-06-02 11:00:00 on\n"
              "relaypermit: warning: all decisions of the mail log, 1, lie outside the time asked "
              "for: they are from 2026-06-01 12:00:00 to 2026-06-01 12:00:00 (--since, --until)\n");
}

TEST(LogCommand, ShowsAMailLogWhole) {
    const std::string old =
        "2020-01-01T10:00:00Z mx1 relaypermitd[812]: " + format_line(sample_refusal_at_mail(1)) +
        "\n";
    EXPECT_NE(run_relaypermit({"log", "--maillog", "-"}, old).out, "");
    EXPECT_EQ(run_relaypermit({"log", "--maillog", "-", "--since", "7d"}, old).out, "");
}

// What every command that reads the record has in common.
TEST(LogCommand, NeverTakesUnreadableLinesForNone) {
    const ScratchDirectory scratch;
    const std::string policy = scratch.write("p.toml", "mode = \"enforce\"\n");
    const std::string whole = sample_log({sample_refusal_at_mail(1)});
    const std::string cut = whole.substr(0, whole.size() - 20) + "\n";
    for (const std::vector<std::string>& command : {std::vector<std::string>{"log"},
                                                    {"report"},
                                                    {"suggest", "-c", policy},
                                                    {"replay", "--policy", policy},
                                                    {"explain", "00000001", "-c", policy}}) {
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(), {"--maillog", "-"});
        const auto none = run_relaypermit(arguments, cut + cut);
        EXPECT_EQ(none.exit, Exit::failed) << command[0];
        EXPECT_NE(none.err.find("warning: 2 lines of relaypermitd could not be read"),
                  std::string::npos)
            << none.err;
        EXPECT_NE(none.err.find("no decision could be read\n"), std::string::npos) << none.err;
        const auto some = run_relaypermit(arguments, cut + whole);
        EXPECT_NE(some.exit, Exit::failed) << command[0] << some.err;
        EXPECT_NE(some.err.find("warning: 1 line of relaypermitd could not be read"),
                  std::string::npos)
            << some.err;
    }
}

}  // namespace
}  // namespace relaypermit

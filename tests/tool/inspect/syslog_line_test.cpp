#include "tool/inspect/syslog_line.h"

#include <gtest/gtest.h>

#include "tests/support/time_zone.h"

namespace relaypermit {
namespace {

struct Read {
    std::string time{};
    std::string program{};
    std::string message{};
    friend bool operator==(const Read&, const Read&) = default;
};
std::ostream& operator<<(std::ostream& out, const Read& read) {
    return out << read.time << "|" << read.program << "|" << read.message;
}

// Read on 10 January 2027.
Read read(std::string_view text) {
    SyslogReader reader{*parse_when("2027-01-10T12:00:00Z", {})};
    const auto line = reader.read(text);
    return line ? Read{rfc3339(line->time), std::string(line->program), std::string(line->message)}
                : Read{};
}

TEST(SyslogLine, ReadsEveryCommonForm) {
    const TimeZone zone{"Europe/Berlin"};
    const Read expected{"2026-06-03T08:11:12Z", "postfix/smtpd", "warning: x[1.2.3.4]: y"};
    for (const char* text : {
             "Jun  3 10:11:12 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "Jun 03 10:11:12 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y\n",
             "Jun 03 10:11:12.123456 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y\r\n",
             "<22>Jun  3 10:11:12 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "Jun  3 10:11:12 mx1 postfix/smtpd: warning: x[1.2.3.4]: y",
             "2026-06-03T10:11:12.123456+02:00 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "2026-06-03T10:11:12+0200 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "2026-06-03T08:11:12Z mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "2026-06-03T03:41:12-04:30 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "Wed 2026-06-03 10:11:12 CEST mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "Wed 2026-06-03 08:11:12 UTC mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "<22>1 2026-06-03T08:11:12Z mx1 postfix/smtpd 812 - - warning: x[1.2.3.4]: y",
             "1 2026-06-03T08:11:12Z mx1 postfix/smtpd 812 - - warning: x[1.2.3.4]: y",
             "1780474272.123456 mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             "Jun  3 10:11:12 <mail.info> mx1 postfix/smtpd[812]: warning: x[1.2.3.4]: y",
             R"({"__REALTIME_TIMESTAMP":"1780474272123456","SYSLOG_IDENTIFIER":"postfix/smtpd",)"
             R"("MESSAGE":"warning: x[1.2.3.4]: y"})",
             R"({"MESSAGE":[119,97,114,110,105,110,103,58,32,120,91,49,46,50,46,51,46,52,93,58,)"
             R"(32,121],"SYSLOG_IDENTIFIER":"postfix/smtpd",)"
             R"("__REALTIME_TIMESTAMP":"1780474272123456"})",
             "<22>1 2026-06-03T08:11:12Z mx1 postfix/smtpd 812 - [a@1 b=\"]\\\"\"][c d=\"e\"] "
             "\xEF\xBB\xBFwarning: x[1.2.3.4]: y",
         }) {
        EXPECT_EQ(read(text), expected) << text;
    }
}

TEST(SyslogLine, DatesAStampWithoutYearByWhenTheFileWasWritten) {
    const TimeZone zone{"UTC"};
    EXPECT_EQ(read("Jan  9 00:00:00 h p: m").time, "2027-01-09T00:00:00Z");
    EXPECT_EQ(read("Jan 11 11:59:59 h p: m").time, "2027-01-11T11:59:59Z");
    EXPECT_EQ(read("Jan 11 12:00:01 h p: m").time, "2026-01-11T12:00:01Z");
    EXPECT_EQ(read("Dec 31 23:59:59 h p: m").time, "2026-12-31T23:59:59Z");
    EXPECT_EQ(read("Feb 29 10:00:00 h p: m").time, "2024-02-29T10:00:00Z");
}

TEST(SyslogLine, TakesTheProgramFromItsOnePlace) {
    const TimeZone zone{"UTC"};
    EXPECT_EQ(read("Jun  3 10:11:12 mx1 postfix/smtpd[8]: NOQUEUE: reject: helo=<relaypermitd[1]: "
                   "NOQUEUE: verdict=accept>")
                  .program,
              "postfix/smtpd");
    EXPECT_EQ(read("Jun  3 10:11:12 mx1 logger text relaypermitd[1]: NOQUEUE: x"), Read{});
    EXPECT_EQ(read("Jun  3 10:11:12 mx1 x]relaypermitd[1]: NOQUEUE: x"), Read{});
    EXPECT_EQ(read("Jun  3 10:11:12 mx1 relaypermitd[1x]: NOQUEUE: x"), Read{});
}

TEST(SyslogLine, PassesOverWhatIsNoLogLine) {
    for (const char* text : {"",
                             "\n",
                             "-- Journal begins at Wed 2026-06-03. --",
                             "Jun",
                             "Jun  3 10:11:12",
                             "Jun  3 10:11:12 ",
                             "Jun  0 10:11:12 h p: m",
                             "Jun 31 10:11:12 h p: m",
                             "Jun  3 24:11:12 h p: m",
                             "Jux  3 10:11:12 h p: m",
                             "2026-06-03T10:11:12 ",
                             "2026",
                             "2026-06-03T10:11:12+99:00 h p: m",
                             "2026-02-30T10:11:12Z h p: m",
                             "<22",
                             "<22>",
                             "<123456>Jun  3 10:11:12 h p: m",
                             "<22>1 2026-06-03T08:11:12Z h p 1 - x",
                             "Wed 2026-06-03",
                             "1 ",
                             "1780474272 h p: m",
                             "1780474272.x h p: m",
                             "178047427212.1 h p: m",
                             "{",
                             "[1]",
                             "{\"MESSAGE\":\"x\"}",
                             "{\"__REALTIME_TIMESTAMP\":\"-1\"}",
                             "{\"__REALTIME_TIMESTAMP\":\"99999999999999999999\"}",
                             "{\"__REALTIME_TIMESTAMP\":1780474272123456}",
                             "garbage garbage garbage"}) {
        EXPECT_EQ(read(text), Read{}) << text;
    }
}

}  // namespace
}  // namespace relaypermit

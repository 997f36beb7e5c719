// The report as a message: its header is ours alone, and it says at once how much there is to read.
#include "tool/inspect/report_mail.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tool/inspect/report.h"
#include "tool/inspect/report_page.h"

namespace relaypermit {
namespace {

Report report_of(std::uint64_t refusals) {
    Report report{{sample_time(0), sample_time(3600)}, sample_time(3600)};
    Decision decision;
    decision.stored.time = decision.stored.last = sample_time(10);
    decision.stored.count = refusals;
    decision.stored.record = sample_record();
    decision.stored.record.login = "x\nBcc: all@example.com";
    if (refusals > 0) report.add(decision);
    return report;
}

TEST(ReportMail, IsAMessageWithTheNumberOfRefusalsInItsSubject) {
    const TimeZone utc{"UTC"};
    const std::string mail = report_as_mail(report_of(3), "root", "mail.example.com");
    const auto end = mail.find("\n\n");
    ASSERT_NE(end, std::string::npos);
    const std::string day = date_of(sample_time(0));
    EXPECT_EQ(mail.substr(0, end),
              "To: root\n"
              "Subject: relaypermit on mail.example.com: 3 refusals from " +
                  day + " to " + day +
                  "\n"
                  "MIME-Version: 1.0\n"
                  "Content-Type: text/plain; charset=utf-8\n"
                  "Content-Transfer-Encoding: 8bit\n"
                  "Auto-Submitted: auto-generated");
    EXPECT_EQ(mail.find("\nBcc:"), std::string::npos);
    std::size_t longest = 0;
    for (std::size_t at = 0; at < mail.size();) {
        const auto line_end = std::min(mail.find('\n', at), mail.size());
        longest = std::max(longest, line_end - at);
        at = line_end + 1;
    }
    EXPECT_LT(longest, 998U);
}

TEST(ReportMail, IsWrittenWhereNothingWasRefusedToo) {
    const std::string mail = report_as_mail(report_of(0), "root", "");
    EXPECT_NE(mail.find("Subject: relaypermit: 0 refusals from "), std::string::npos) << mail;
    EXPECT_NE(mail.find("0 refused"), std::string::npos) << mail;
}

TEST(ReportMail, TakesNoLineEndFromTheNameOfAServer) {
    const std::string mail = report_as_mail(report_of(1), "root", "x\r\nBcc: y@\xC3\xBC");
    EXPECT_NE(mail.find("Subject: relaypermit on x??Bcc: y@??: 1 refusal "), std::string::npos);
}

TEST(ReportMail, GoesToOneAddressOrAccount) {
    for (const char* good :
         {"root", "postmaster@example.com", "a.b+c@x-y.example", "o'hara@x.example"})
        EXPECT_EQ(recipient_fault(good), "") << good;
    for (const std::string& bad :
         {std::string(), std::string("a@x, b@x"), std::string("a b@x"),
          std::string("a@x\nBcc: b@x"), std::string("<a@x>"), std::string("-f"),
          std::string("a@b@c"), std::string("@x"), std::string("a@"), std::string("\"a\"@x"),
          std::string("a;b"), std::string("a:b"), std::string("j\xC3\xBC@x"),
          std::string("a\0b", 3), std::string(300, 'a')}) {
        EXPECT_NE(recipient_fault(bad), "") << bad;
    }
}

}  // namespace
}  // namespace relaypermit

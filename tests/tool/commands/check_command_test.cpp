#include <gtest/gtest.h>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
trusted_networks = ["192.0.2.8"]
[[alias]]
id = "printers"
clients = ["192.0.2.16/28"]
senders = ["*@printers.example.com", "scan@example.com"]
until = 2027-01-31
)";

TEST(CheckCommand, EndsWithWhoMayRelayWithoutALogin) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"check"}), Exit::fine);
    EXPECT_EQ(tool.err(), tool.path("policy.toml") +
                              ":9:12: warning: the sender `*@printers.example.com` is outside the "
                              "hosted domains (its own domain may forbid this server to send for "
                              "it (SPF, DMARC))\n");
    const std::string file = tool.path("policy.toml");
    EXPECT_EQ(
        tool.out(),
        "may relay without logging in:\n"
        "  192.0.2.8/32   trusted-network  " +
            file +
            ":5:21  as any sender\n"
            "  192.0.2.16/28  printers         " +
            file +
            ":6:1   as *@printers.example.com, scan@example.com; on submission ports only with "
            "TLS; until 2027-01-31\n"
            "everyone else is refused, but for sendmail(1) on this server and mailers outside "
            "remote_mailers\n"
            "anyone, the networks above too, without a login, to hosted recipients on port 25:\n"
            "  as a hosted sender    cause.hosted-sender-needs-login is off; reject stops lists, "
            "forwards and outside services that send as a hosted domain\n"
            "  with a hosted From    cause.hosted-from-needs-login is off; reject stops lists and "
            "forwards\n"
            "every login, with the null sender:\n"
            "  From mailer-daemon@x  from.bounces is accept; refuse loses the reports of servers "
            "that "
            "log in\n");
}

TEST(CheckCommand, SaysSoWhereNobodyMayAndNothingIsOpen) {
    ScratchTool tool;
    tool.write("policy.toml",
               "server.name = \"mail.example.com\"\n"
               "cause.hosted-sender-needs-login.action = \"reject\"\n"
               "cause.hosted-from-needs-login.action = \"tempfail\"\n"
               "from.bounces = \"refuse\"\n"
               "relay = {hosted_domains = [\"example.com\"], trusted_networks = []}\n");
    EXPECT_EQ(tool.run({"check"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.out(),
              "nobody may relay without logging in, but for sendmail(1) on this server and mailers "
              "outside remote_mailers\n");
}

TEST(CheckCommand, ListsEveryErrorAndNothingElse) {
    ScratchTool tool;
    tool.write("policy.toml", "mod = 1\nserver.nam = \"x\"\n");
    EXPECT_EQ(tool.run({"check"}), Exit::finding);
    const std::string file = tool.path("policy.toml");
    EXPECT_EQ(tool.err(), file +
                              ":1:1: error: unknown key `mod` at the top of the file (did you mean "
                              "`mode`?)\n" +
                              file +
                              ":2:8: error: unknown key `nam` in [server] (did you mean `name`?)\n"
                              "2 errors\n");
    EXPECT_EQ(tool.out(), "");
}

TEST(CheckCommand, TakesAWarningForAFindingUnderStrict) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
}

TEST(CheckCommand, WarnsOfWhatIsNoSuspensionInTheFileOfSuspend) {
    ScratchTool tool;
    tool.write("policy.toml",
               "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n"
               "login.default_realm = \"example.com\"\ngroups.staff = [\"bob@example.com\"]\n");
    const std::string suspension =
        "[[restrict]]\nid = \"suspended:eve@example.com\"\nlogins = [\"eve@example.com\"]\n"
        "suspended = true\n";
    const std::string name = "policy.d/00-suspended.toml";
    tool.write(name, suspension);
    tool.write("policy.d/10-staff.toml",
               "[[alias]]\nid = \"staff\"\nlogins = [\"group:staff\"]\n"
               "senders = [\"desk@example.com\"]\n");
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::fine) << tool.err();
    tool.write(name, suspension +
                         "[[restrict]]\nid = \"inside\"\nlogins = [\"kim@example.com\"]\n"
                         "recipients = [\"hosted\"]\n"
                         "[[alias]]\nid = \"shop\"\nlogins = [\"bob@example.com\"]\n"
                         "senders = [\"orders@example.com\"]\n");
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
    EXPECT_EQ(tool.err(),
              tool.path(name) +
                  ":9:3: warning: this file is of `relaypermit suspend` and holds suspensions "
                  "alone, not `alias`: while the policy has a mistake elsewhere, no suspension of "
                  "this file would count (move it to another file of policy.d)\n" +
                  tool.path(name) +
                  ":5:1: warning: this file is of `relaypermit suspend` and holds suspensions "
                  "alone, and `inside` suspends nobody: while the policy has a mistake elsewhere, "
                  "no suspension of this file would count (move it to another file of policy.d)\n");
    tool.write(name, "[[restrict]]\nid = \"all\"\nlogins = [\"group:staff\"]\nsuspended = true\n");
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
    EXPECT_NE(tool.err().find(": while the policy has a mistake elsewhere"), std::string::npos)
        << tool.err();
}

TEST(CheckCommand, PrintsJson) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"check", "--json"}), Exit::fine);
    EXPECT_EQ(tool.err(), "");
    EXPECT_NE(tool.out().find("\"severity\": \"warning\""), std::string::npos) << tool.out();
    EXPECT_NE(tool.out().find("\"client\": \"192.0.2.16/28\""), std::string::npos) << tool.out();
    EXPECT_NE(tool.out().find("\"setting\": \"from.bounces\""), std::string::npos) << tool.out();
}

}  // namespace
}  // namespace relaypermit

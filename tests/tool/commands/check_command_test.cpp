#include <gtest/gtest.h>

#include <sstream>

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

// The messages alone.
std::string without_excerpts(const std::string& text) {
    std::istringstream lines(text);
    std::string messages;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with(" ")) messages += line + "\n";
    return messages;
}

TEST(CheckCommand, EndsWithWhoMayRelayWithoutALogin) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"check"}), Exit::fine);
    EXPECT_EQ(tool.err(), tool.path("policy.toml") +
                              ":9:12: warning: the sender `*@printers.example.com` is outside the "
                              "hosted domains (its own domain may forbid this server to send for "
                              "it (SPF, DMARC))\n"
                              "    9 | senders = [\"*@printers.example.com\", "
                              "\"scan@example.com\"]\n"
                              "      |            ^~~~~~~~~~~~~~~~~~~~~~~~\n");
    const std::string file = tool.path("policy.toml");
    EXPECT_EQ(
        tool.out(),
        tool.path("policy.toml") +
            ": sound, with 1 warning - 1 grant, 1 hosted domain\n"
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
    EXPECT_EQ(
        tool.out(),
        tool.path("policy.toml") +
            ": sound, with 1 warning - no grants, 1 hosted domain\n"
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
                              "`mode`?)\n"
                              "    1 | mod = 1\n"
                              "      | ^~~\n" +
                              file +
                              ":2:8: error: unknown key `nam` in [server] (did you mean `name`?)\n"
                              "    2 | server.nam = \"x\"\n"
                              "      |        ^~~\n"
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
    EXPECT_EQ(without_excerpts(tool.err()),
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

constexpr std::string_view wrong = R"([relay]
hosted_domains = ["example.com"]
[[alias]]
id = "a%,b"
logins = ["bob@example.com"]
senders = ["%u@example.com"]
)";

TEST(CheckCommand, SaysNothingButErrorsInTheFormatOfCompilers) {
    ScratchTool tool;
    tool.write("policy.toml", wrong);
    EXPECT_EQ(tool.run({"check", "--format", "short"}), Exit::finding);
    const std::string file = tool.path("policy.toml");
    EXPECT_EQ(
        tool.out(),
        file +
            ":4:6: error: `a%,b` is not a usable id (at most 64 letters, digits and . _ - + @ "
            ": / after a letter or digit)\n" +
            file +
            ":6:13: error: pattern `%u@example.com`: placeholders stand in braces, and in "
            "`senders` (write `{user}@example.com`)\n");
    EXPECT_EQ(tool.err(), "");
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"check", "--format", "short", "--strict"}), Exit::finding);
    EXPECT_EQ(tool.out().find("may relay"), std::string::npos);
    tool.write("policy.toml", "# nothing\n");
    EXPECT_EQ(tool.run({"check", "--format", "short"}), Exit::finding);
    EXPECT_TRUE(tool.out().starts_with(file + ":1:1: error: the policy is empty")) << tool.out();
}

TEST(CheckCommand, WritesWorkflowCommandsEscapedAsTheirRunnerWantsThem) {
    ScratchTool tool;
    tool.write("a,b:c%.toml", wrong);
    EXPECT_EQ(tool.run({"check", "--format", "github", tool.path("a,b:c%.toml")}), Exit::finding);
    std::string folder = tool.path("a,b:c%.toml");
    folder.resize(folder.rfind('/'));
    EXPECT_EQ(
        tool.out(),
        "::error file=" + folder +
            "/a%2Cb%3Ac%25.toml,line=4,col=6::`a%25,b` is not a usable id (at most 64 "
            "letters, digits and . _ - + @ : / after a letter or digit)\n"
            "::error file=" +
            folder +
            "/a%2Cb%3Ac%25.toml,line=6,col=13::pattern `%25u@example.com`: placeholders stand "
            "in braces, and in `senders` (write `{user}@example.com`)\n");
    // Of a file as a whole there is no line.
    EXPECT_EQ(tool.run({"check", "--format", "github", tool.path("none.toml")}), Exit::finding);
    EXPECT_EQ(tool.out(),
              "::error file=" + tool.path("none.toml") + "::cannot be read: no such file\n");
}

TEST(CheckCommand, WritesAnArrayForEditors) {
    ScratchTool tool;
    tool.write("policy.toml", "[relay]\nhosted_domains = [\"b\u00fccher.example\", \"x y\"]\n");
    EXPECT_EQ(tool.run({"check", "--format", "json"}), Exit::finding);
    EXPECT_EQ(tool.out(), R"([
  {
    "file": ")" + tool.path("policy.toml") +
                              R"(",
    "line": 2,
    "column": 37,
    "end_column": 42,
    "severity": "error",
    "message": "`x y` is not a usable domain",
    "hint": "as in example.com or *.example.com"
  }
]
)");
    tool.write("policy.toml",
               "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n");
    EXPECT_EQ(tool.run({"check", "--format", "json"}), Exit::fine);
    EXPECT_EQ(tool.out(), "[]\n");
    EXPECT_EQ(tool.run({"check", "--format", "json", tool.path("none.toml")}), Exit::finding);
    EXPECT_NE(tool.out().find("\"line\": null"), std::string::npos) << tool.out();
}

TEST(CheckCommand, KnowsNoOtherFormatAndNoneBesideJson) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"check", "--format", "githup"}), Exit::failed);
    EXPECT_EQ(tool.err(),
              "relaypermit: --format is text, short, github or json, not `githup` (did you mean "
              "`github`?)\n");
    EXPECT_EQ(tool.run({"check", "--format", "short", "--json"}), Exit::failed);
    EXPECT_EQ(tool.out(), "");
}

TEST(CheckCommand, ReadsStandardInputWithoutWhatLiesBesideTheFile) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    tool.write("policy.d/50-broken.toml", "mod = 1\n");
    EXPECT_EQ(tool.run({"check", "-"}, policy), Exit::fine);
    EXPECT_TRUE(tool.out().starts_with("<stdin>: sound, with 1 warning - ")) << tool.out();
    EXPECT_TRUE(tool.err().starts_with("<stdin>:9:12: warning: the sender")) << tool.err();
    EXPECT_EQ(tool.run({"check", "-", "--format", "short"}, "mod = 1\n"), Exit::finding);
    EXPECT_EQ(tool.out(),
              "<stdin>:1:1: error: unknown key `mod` at the top of the file (did you mean "
              "`mode`?)\n");
}

TEST(CheckCommand, CountsTheFilesOfASoundPolicy) {
    ScratchTool tool;
    tool.write("policy.toml",
               "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n");
    tool.write("policy.d/10-shop.toml",
               "[[alias]]\nid = \"shop\"\nlogins = [\"bob@example.com\"]\n"
               "senders = [\"shop@example.com\"]\n[[test]]\nname = \"bob\"\n"
               "login = \"bob@example.com\"\nexpect = \"accept\"\n");
    EXPECT_EQ(tool.run({"check"}), Exit::fine) << tool.err();
    EXPECT_TRUE(tool.out().starts_with(
        tool.path("policy.toml") +
        " and 1 file of policy.d: sound - 1 grant, 1 hosted domain, 1 test\n"))
        << tool.out();
}

// A list in one line is longer than a terminal is wide.
TEST(CheckCommand, ShowsOfALongLineWhatIsAroundTheMistake) {
    ScratchTool tool;
    std::string text = "relay.hosted_domains = [";
    for (int i = 0; i < 40; ++i) text += "\"d" + std::to_string(i) + ".example\", ";
    tool.write("policy.toml", text + "\"x y\", \"e.example\"]\n");
    EXPECT_EQ(tool.run({"check"}), Exit::finding);
    std::istringstream lines(tool.err());
    std::string message;
    std::string line;
    std::string caret;
    std::getline(lines, message);
    std::getline(lines, line);
    std::getline(lines, caret);
    EXPECT_LE(line.size(), 120U) << line;
    const std::size_t at = caret.find('^');
    ASSERT_LT(at, line.size()) << caret;
    EXPECT_EQ(line.substr(at, 5), "\"x y\"") << line << "\n" << caret;
    EXPECT_EQ(caret.substr(at), "^~~~~");
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
[groups]
sales = ["bob@example.com"]
[[alias]]
id = "shop"
logins = ["group:sales"]
senders = ["orders@example.com"]
until = 2026-01-31
[[alias]]
id = "others"
logins = ["carol@example.com"]
senders = ["info@example.com"]
[[restrict]]
id = "inside"
logins = ["scanner@example.com"]
recipients = ["hosted"]
)";

TEST(ExplainCommand, ShowsVerdictReplyTraceAndRemedy) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--login", "bob@example.com", "--sender", "orders@example.com"}),
              Exit::finding);
    EXPECT_EQ(tool.err(), "");
    const std::string file = tool.path("policy.toml");
    const std::string padding(file.size() + 4 - std::string("built in").size(), ' ');
    const std::string& out = tool.out();
    EXPECT_EQ(out.substr(0, out.find('\n')), "reject  sender-not-owned at MAIL");
    EXPECT_NE(out.find("\n550 5.7.1 "), std::string::npos) << out;
    EXPECT_NE(out.find("ref 00000000\n"), std::string::npos) << out;
    EXPECT_NE(out.find("sender orders@example.com, From orders@example.com\n"
                       "  no       own-address  built in" +
                       padding +
                       "  login `bob@example.com` is another address\n"
                       "  no       shop         " +
                       file +
                       ":7:1  login `bob@example.com` is in group sales - sender "
                       "`orders@example.com` is listed - grant ended on 2026-01-31\n"
                       "1 further grant and 1 further restriction have nothing to do with it\n"
                       "\n"
                       "what would permit it:\n"
                       "  - give `shop` at " +
                       file +
                       ":7:1 a later `until`\n"
                       "  - or a rule of its own, as below\n"
                       "\n"
                       "    [[alias]]\n"
                       "    id      = \"bob-as-orders\"\n"
                       "    logins  = [\"bob@example.com\"]\n"
                       "    senders = [\"orders@example.com\"]\n"),
              std::string::npos)
        << out;
}

TEST(ExplainCommand, StartsFromTheSubmissionPortOfThePolicy) {
    ScratchTool tool;
    tool.write("policy.toml", std::string(policy) + "[submission]\nports = [2587, 2465]\n");
    EXPECT_EQ(tool.run({"explain", "--login", "bob@example.com"}), Exit::fine) << tool.out();
    EXPECT_NE(tool.out().find("198.51.100.1 to port 2587 with TLS"), std::string::npos)
        << tool.out();
    EXPECT_EQ(tool.run({"explain", "--login", "bob@example.com", "--port", "587"}), Exit::fine);
    EXPECT_NE(tool.out().find("to port 587 without TLS"), std::string::npos) << tool.out();
}

TEST(ExplainCommand, IsShortAboutWhatIsAccepted) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--login", "carol@example.com", "--sender", "info@example.com"}),
              Exit::fine);
    EXPECT_EQ(tool.out().substr(0, tool.out().find('\n')), "accept  by others");
    EXPECT_EQ(tool.out().find("what would permit it"), std::string::npos) << tool.out();
}

TEST(ExplainCommand, GrantsOnBehalfWhereOnlyFromIsMissing) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--login", "carol@example.com", "--header",
                        "From: boss@example.com", "--header", "Sender: carol@example.com"}),
              Exit::finding);
    EXPECT_NE(tool.out().find("from-not-owned at the end of the message"), std::string::npos)
        << tool.out();
    EXPECT_NE(tool.out().find("    senders = [\"boss@example.com\"]\n"
                              "    fields  = [\"from\"]\n"),
              std::string::npos)
        << tool.out();
}

// The end of what is printed, from the remedy on.
std::string remedy_of(const ScratchTool& tool) {
    const std::size_t at = tool.out().find("what would permit it:\n");
    return at == std::string::npos ? tool.out() : tool.out().substr(at);
}

TEST(ExplainCommand, NamesTheConditionThatKeepsAGrantFromHelping) {
    ScratchTool tool;
    tool.write("policy.toml", R"(server.name = "mail.example.com"
relay.hosted_domains = ["example.com"]
[[alias]]
id = "tickets"
logins = ["tickets@example.com"]
senders = ["desk@example.com"]
networks = ["203.0.113.20"]
[[alias]]
id = "desk"
logins = ["bob@example.com"]
senders = ["desk@example.com"]
fields = ["from", "sender"]
)");
    const std::string file = tool.path("policy.toml");
    const auto rule_of = [](const std::string& user) {
        return "  - or a rule of its own, as below\n"
               "\n"
               "    [[alias]]\n"
               "    id      = \"" +
               user + "-as-desk\"\n    logins  = [\"" + user +
               "@example.com\"]\n    senders = [\"desk@example.com\"]\n";
    };
    EXPECT_EQ(
        tool.run({"explain", "--login", "tickets@example.com", "--sender", "desk@example.com"}),
        Exit::finding);
    EXPECT_EQ(
        remedy_of(tool),
        "what would permit it:\n"
        "  - send from 203.0.113.20/32, or add \"198.51.100.1\" to `networks` of `tickets` at " +
            file + ":3:1\n" + rule_of("tickets"));
    EXPECT_EQ(tool.run({"explain", "--login", "bob@example.com", "--sender", "desk@example.com"}),
              Exit::finding);
    EXPECT_EQ(remedy_of(tool),
              "what would permit it:\n"
              "  - add \"envelope\" to `fields` of `desk` at " +
                  file + ":8:1\n" + rule_of("bob"));
}

TEST(ExplainCommand, NamesTheRealmThatALoginLacks) {
    ScratchTool tool;
    tool.write("policy.toml",
               "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n");
    EXPECT_EQ(tool.run({"explain", "--login", "ivan", "--sender", "ivan@example.com"}),
              Exit::finding);
    EXPECT_EQ(remedy_of(tool).find("what would permit it:\n"
                                   "  - `default_realm = \"example.com\"` in [login]: then the "
                                   "login `ivan` is ivan@example.com\n"),
              0U)
        << tool.out();
    EXPECT_EQ(tool.run({"explain", "--login", "ivan", "--sender", "eve@example.com"}),
              Exit::finding);
    EXPECT_EQ(tool.out().find("default_realm = "), std::string::npos) << tool.out();
}

TEST(ExplainCommand, SaysThatMonitorModeRefusesNothing) {
    ScratchTool tool;
    tool.write("policy.toml", "mode = \"monitor\"\n" + std::string(policy));
    EXPECT_EQ(tool.run({"explain", "--login", "dave@example.com", "--sender", "info@example.com"}),
              Exit::finding);
    EXPECT_TRUE(
        tool.out().starts_with("reject  sender-not-owned at MAIL\n"
                               "at present this is only recorded and the message passes: "
                               "mode = \"monitor\"\n"))
        << tool.out();
    EXPECT_EQ(tool.run({"explain", "--login", "carol@example.com", "--sender", "info@example.com"}),
              Exit::fine);
    EXPECT_EQ(tool.out().find("only recorded"), std::string::npos) << tool.out();
}

TEST(ExplainCommand, PointsToTheRestrictionThatRefuses) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(
        tool.run({"explain", "--login", "scanner@example.com", "--recipient", "a@remote.example"}),
        Exit::finding);
    EXPECT_NE(tool.out().find("recipient-not-allowed at RCPT"), std::string::npos) << tool.out();
    EXPECT_NE(tool.out().find("  - add \"a@remote.example\" to `recipients` of `inside` at " +
                              tool.path("policy.toml") + ":16:1\n"),
              std::string::npos)
        << tool.out();
}

TEST(ExplainCommand, TellsAStrangerToLogIn) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--port", "25", "--sender", "bob@example.com"}), Exit::finding);
    EXPECT_NE(tool.out().find("use-submission at RCPT"), std::string::npos) << tool.out();
    EXPECT_NE(tool.out().find("  - the mail program must log in, on port 587 or 465\n"),
              std::string::npos);
    EXPECT_NE(tool.out().find("    clients = [\"198.51.100.1/32\"]\n"), std::string::npos);
}

TEST(ExplainCommand, PrintsTheRecordWithItsTraceAsJson) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--json", "--login", "bob@example.com", "--sender",
                        "orders@example.com"}),
              Exit::finding);
    EXPECT_NE(tool.out().find("\"verdict\":\"reject\",\"cause\":\"sender-not-owned\""),
              std::string::npos)
        << tool.out();
    EXPECT_TRUE(tool.out().ends_with(",\"still\":null,\"only_recorded\":false}\n")) << tool.out();
    EXPECT_NE(tool.out().find("\"trace\":[{\"rule\":\"own-address\",\"place\":\"built in\","
                              "\"matched\":\"no\",\"why\":\"login `bob@example.com` is another "
                              "address\""),
              std::string::npos)
        << tool.out();
}

TEST(ExplainCommand, RefusesFactsThatCannotBe) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--client", "nowhere"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: `nowhere` is not an IP address\n");
    EXPECT_EQ(tool.run({"explain", "--port", "70000"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: `70000` is not a port\n");
    EXPECT_EQ(tool.run({"explain", "--tls", "--no-tls"}), Exit::failed);
    EXPECT_EQ(tool.run({"explain", "--mta", "exim"}), Exit::failed);
    EXPECT_EQ(tool.run({"explain", "--from", "a@b", "--header", "From: c@d"}), Exit::failed);
    EXPECT_EQ(tool.run({"explain", "--now", "whenever"}), Exit::failed);
}

}  // namespace
}  // namespace relaypermit

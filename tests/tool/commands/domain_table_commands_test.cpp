#include <gtest/gtest.h>

#include <string>

#include "config/load.h"
#include "config/suspended_account.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

// Whose customers stand in a file, and whose partners behind a socket that nobody serves.
class DomainTableCommands : public ::testing::Test {
  protected:
    DomainTableCommands() {
        tool_.write("domains", "# ours\nshop.example\n");
        tool_.write(
            "policy.toml",
            "relay.hosted_domains = [\"example.com\"]\n"
            "[[domain_table]]\nid = \"customers\"\ntype = \"file\"\nrole = \"hosted\"\npath = \"" +
                tool_.path("domains") +
                "\"\n"
                "[[domain_table]]\nid = \"partners\"\ntype = \"socketmap\"\nrole = \"relay\"\n"
                "address = \"unix:" +
                tool_.path("none.sock") + "\"\nname = \"partners\"\n");
    }
    [[nodiscard]] bool says(const std::string& text) const {
        return tool_.out().find(text) != std::string::npos;
    }
    ScratchTool tool_{};
};

TEST_F(DomainTableCommands, ExplainShowsWhatWasAskedAndSaid) {
    EXPECT_EQ(tool_.run({"explain", "--login", "eve@shop.example", "--sender", "eve@shop.example"}),
              Exit::fine);
    EXPECT_TRUE(says("accept  by own-address")) << tool_.out();
    EXPECT_TRUE(says("the table has it as a hosted domain - looked up `shop.example`: 1 value, "))
        << tool_.out();
    EXPECT_EQ(tool_.run({"explain", "--sender", "x@remote.example", "--port", "25", "--recipient",
                         "a@other.example"}),
              Exit::finding);
    EXPECT_TRUE(says("tempfail  lookup-failed at RCPT")) << tool_.out();
    EXPECT_TRUE(says("the table did not answer whether it is a relay domain: ")) << tool_.out();
    EXPECT_TRUE(says("the table `partners` must answer")) << tool_.out();
}

TEST_F(DomainTableCommands, ExplainDoesNotSayNoWhereATableIsSilent) {
    const std::vector<std::string> eve = {"explain", "--login", "eve@other.example", "--sender",
                                          "eve@other.example"};
    EXPECT_EQ(tool_.run(eve), Exit::finding);
    EXPECT_TRUE(says("`hosted_domains` does not name, and no domain table has")) << tool_.out();
    tool_.write("policy.toml",
                "relay.hosted_domains = [\"example.com\"]\n[[domain_table]]\nid = \"customers\"\n"
                "type = \"file\"\nrole = \"hosted\"\npath = \"" +
                    tool_.path("missing") + "\"\n");
    EXPECT_EQ(tool_.run(eve), Exit::finding);
    EXPECT_TRUE(says("`hosted_domains` does not name, and a domain table did not say"))
        << tool_.out();
    EXPECT_TRUE(says("the table `customers` must answer")) << tool_.out();
}

TEST_F(DomainTableCommands, WhoKnowsThatALoginOfATablesDomainOwnsItself) {
    EXPECT_EQ(tool_.run({"who", "eve@shop.example"}), Exit::fine);
    EXPECT_TRUE(says("own-address")) << tool_.out();
    EXPECT_EQ(tool_.run({"who", "--login", "eve@shop.example"}), Exit::fine);
    EXPECT_TRUE(says("own-address")) << tool_.out();
    EXPECT_EQ(tool_.run({"who", "--login", "eve@other.example"}), Exit::finding);
}

TEST_F(DomainTableCommands, WhoSaysWhatTurnsOnATableThatIsSilent) {
    tool_.write("policy.toml",
                "relay.hosted_domains = [\"example.com\"]\n[[domain_table]]\nid = \"customers\"\n"
                "type = \"file\"\nrole = \"hosted\"\npath = \"" +
                    tool_.path("missing") + "\"\n");
    EXPECT_EQ(tool_.run({"who", "eve@shop.example"}), Exit::fine);
    EXPECT_TRUE(says("if a table that gives no answer hosts its domain")) << tool_.out();
    EXPECT_NE(tool_.err().find("warning: domain table customers gives no answer: "),
              std::string::npos)
        << tool_.err();
    EXPECT_NE(tool_.err().find(": whether shop.example is hosted here is not known"),
              std::string::npos)
        << tool_.err();
    EXPECT_EQ(tool_.run({"who", "--login", "eve@shop.example"}), Exit::fine);
    EXPECT_TRUE(says("if a table that gives no answer hosts its domain")) << tool_.out();
    EXPECT_EQ(tool_.run({"who", "eve@example.com"}), Exit::fine);
    EXPECT_EQ(tool_.err(), "") << "no table is asked about a listed domain";
}

TEST_F(DomainTableCommands, ExplainNamesTheTableThatADomainCouldStandIn) {
    EXPECT_EQ(
        tool_.run({"explain", "--login", "eve@other.example", "--sender", "eve@other.example"}),
        Exit::finding);
    EXPECT_NE(tool_.out().find("add \"other.example\" to `hosted_domains` in [relay] or to the "
                               "domain table customers, if this server hosts it"),
              std::string::npos)
        << tool_.out();
}

TEST_F(DomainTableCommands, CheckAsksThemAndNamesWhatIsOpen) {
    EXPECT_EQ(tool_.run({"check", "--live"}), Exit::fine);
    EXPECT_TRUE(says("2 domain tables")) << tool_.out();
    EXPECT_TRUE(says("domain table customers answers: looked up `example.invalid`: nothing, "))
        << tool_.out();
    EXPECT_TRUE(says("domain table partners does not answer: ")) << tool_.out();
    EXPECT_TRUE(says("to the domains of table partners")) << tool_.out();
    EXPECT_NE(tool_.err().find(":7:1: warning: domain table `partners` does not answer from here"),
              std::string::npos)
        << tool_.err();
}

TEST_F(DomainTableCommands, CheckWarnsOfOneThatHasEveryDomain) {
    tool_.write("domains", "example.invalid\n");
    EXPECT_EQ(tool_.run({"check", "--live"}), Exit::fine);
    EXPECT_NE(tool_.err().find(
                  "domain table `customers` has `example.invalid`, a domain that nobody has"),
              std::string::npos)
        << tool_.err();
}

TEST_F(DomainTableCommands, TestTakesATestsOwnDomains) {
    tool_.write("more.toml", R"([[test]]
name = "a partner's"
port = 25
sender = "x@remote.example"
recipients = ["bob@partner.example"]
expect = "accept"
[[test.table]]
id = "partners"
rows = ["partner.example"]
[[test]]
name = "nobody can tell"
port = 25
sender = "x@remote.example"
recipients = ["bob@partner.example"]
expect = "lookup-failed"
rule = "partners"
[[test.table]]
id = "partners"
down = true
[[test]]
name = "somebody else's"
port = 25
sender = "x@remote.example"
recipients = ["bob@partner.example"]
expect = "relay-not-permitted"
[[test.table]]
id = "partners"
)");
    EXPECT_EQ(tool_.run({"test", tool_.path("more.toml")}), Exit::fine)
        << tool_.out() << tool_.err();
}

TEST_F(DomainTableCommands, ABareNameIsNoAccountWhereATableMayHaveMoreRealms) {
    const Loaded loaded = load_policy(tool_.path("policy.toml"), "mail.example.com");
    ASSERT_TRUE(loaded.policy);
    const auto account = named_account(*loaded.policy, "eve");
    ASSERT_FALSE(account);
    EXPECT_NE(account.error().find("name it with its realm"), std::string::npos);
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
[[alias]]
id = "shop"
logins = ["bob@example.com"]
senders = ["orders@example.com"]
[[restrict]]
id = "cracked"
logins = ["eve@example.com"]
suspended = true
[[test]]
name = "bob may use the orders address"
login = "bob@example.com"
sender = "orders@example.com"
expect = "accept"
rule = "shop"
)";

TEST(TestCommand, IsQuietWhereAllPass) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"test"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.out(), "1 test passed\n");
}

TEST(TestCommand, ShowsExpectedActualAndTraceOfAFailure) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    tool.write("more.toml", R"([[test]]
name = "eve may, too"
login = "eve@example.com"
sender = "orders@example.com"
expect = "accept"
)");
    const std::string more = tool.path("more.toml");
    EXPECT_EQ(tool.run({"test", more}), Exit::finding);
    const std::string& out = tool.out();
    EXPECT_EQ(out.find("FAIL  eve may, too  " + more +
                       ":1:1\n"
                       "      expected  accept\n"
                       "      actual    account-suspended at MAIL by cracked\n"
                       "      reply     550 5.7.1 "),
              0U)
        << out;
    EXPECT_NE(out.find("yes      cracked"), std::string::npos) << out;
    EXPECT_NE(out.find("\n1 of 2 tests failed\n"), std::string::npos) << out;
}

TEST(TestCommand, SaysWhatIsWrongWithAFromThatCannotBeUsed) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    tool.write("more.toml", R"([[test]]
name = "a name with an @"
login = "bob@example.com"
from = "=?utf-8?q?Eve_=40_Work?= <bob@example.com>"
expect = "accept"
)");
    EXPECT_EQ(tool.run({"test", tool.path("more.toml")}), Exit::finding);
    EXPECT_NE(tool.out().find("\n      because   an encoded word that hides an address: an @ in "
                              "the name beside the address\n"),
              std::string::npos)
        << tool.out();
}

TEST(TestCommand, FailsWhereAnotherRuleDecidedThanExpected) {
    ScratchTool tool;
    tool.write("policy.toml", std::string(policy) + R"([[test]]
name = "by the wrong rule"
login = "bob@example.com"
expect = "accept"
rule = "shop"
)");
    EXPECT_EQ(tool.run({"test"}), Exit::finding);
    EXPECT_NE(tool.out().find("      expected  accept by shop\n"
                              "      actual    accept by own-address\n"),
              std::string::npos)
        << tool.out();
}

TEST(TestCommand, NamesTheRulesThatNoTestExercises) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"test", "--coverage"}), Exit::fine);
    EXPECT_EQ(tool.out(), "1 of 2 rules exercised by a test; not:\n  cracked  " +
                              tool.path("policy.toml") + ":9:1\n1 test passed\n");
}

TEST(TestCommand, TakesNothingButTestsFromAFurtherFile) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    tool.write("more.toml", "[relay]\nhosted_domains = []\n");
    const std::string more = tool.path("more.toml");
    EXPECT_EQ(tool.run({"test", more}), Exit::failed);
    EXPECT_EQ(tool.err(), more +
                              ":1:2: error: a case file holds [[test]] and nothing else, not "
                              "`relay` (the rest is for the policy file)\n");
    EXPECT_EQ(tool.run({"test", tool.path("none.toml")}), Exit::failed);
}

TEST(TestCommand, PrintsJson) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"test", "--json", "--coverage"}), Exit::fine);
    EXPECT_NE(tool.out().find("\"tests\": 1,\n  \"failed\": 0,\n  \"failures\": [],\n"
                              "  \"unexercised\": [\n    {\n      \"rule\": \"cracked\""),
              std::string::npos)
        << tool.out();
}

}  // namespace
}  // namespace relaypermit

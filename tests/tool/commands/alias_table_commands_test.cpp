// explain, test, who, replay and suggest on a policy with an alias table: a real sasldb.
#include <gtest/gtest.h>

#include "tables/sasl_table.h"
#include "tests/support/sasl_directory.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit::testing {
namespace {

class AliasTableCommands : public ::testing::Test {
  protected:
    AliasTableCommands() {
        SaslDirectory& sasl = SaslDirectory::instance();
        sasl.set_password("henry", "example.com", "secret");
        const auto table = SaslTable::open(sasl.path(), "sendAs");
        EXPECT_TRUE((*table)->store({"henry", "example.com"},
                                    {"orders@example.com", "{user}-*@example.com"}));
        tool_.write("policy.toml",
                    "relay = {hosted_domains = [\"example.com\"]}\n"
                    "server = {name = \"mail.example.com\"}\n"
                    "[[alias_table]]\nid = \"directory\"\ntype = \"sasl\"\nconfig = \"" +
                        sasl.path() + "\"\n" + R"(
[[test]]
name   = "henry sends orders"
login  = "henry@example.com"
sender = "orders@example.com"
expect = "accept"
rule   = "directory"
[[test]]
name   = "grace does not"
login  = "grace@example.com"
sender = "orders@example.com"
expect = "sender-not-owned"
)");
    }
    // The first line of the output in which the word stands.
    [[nodiscard]] std::string line_with(std::string_view word) const {
        const std::string out = tool_.out();
        const std::size_t at = out.find(word);
        if (at == std::string::npos) return "no line with it in:\n" + out;
        const std::size_t begin = out.rfind('\n', at) + 1;
        return out.substr(begin, out.find('\n', at) - begin);
    }
    // Of a line that ends with how long a lookup took.
    [[nodiscard]] static std::string without_time(const std::string& line) {
        const std::size_t comma = line.rfind(", ");
        return line.ends_with(" ms") ? line.substr(0, comma) : "no time in: " + line;
    }
    [[nodiscard]] std::string place() const { return tool_.path("policy.toml") + ":3:1"; }

    const std::string orders{"orders@example.com"};
    ScratchTool tool_{};
};

TEST_F(AliasTableCommands, TestAsksTheTable) {
    EXPECT_EQ(tool_.run({"test"}), Exit::fine) << tool_.out();
    EXPECT_EQ(tool_.out(), "2 tests passed\n");
}

TEST_F(AliasTableCommands, ExplainSaysWhatTheTableGivesAndWhetherItKnowsTheLogin) {
    EXPECT_EQ(tool_.run({"explain", "--login", "henry@example.com", "--sender", orders}),
              Exit::fine);
    EXPECT_EQ(line_with("directory"), "accept  by directory");
    EXPECT_EQ(without_time(line_with("the table gives")),
              "  yes      directory    " + place() +
                  "  SASL knows the login - the table gives login `henry@example.com` "
                  "`orders@example.com` - looked up `henry@example.com`: 2 values");
    EXPECT_EQ(tool_.run({"explain", "--login", "grace@example.com", "--sender", orders}),
              Exit::finding);
    EXPECT_EQ(without_time(line_with("the table")),
              "  no       directory    " + place() +
                  "  SASL does not know the login - the table does not give this address to login "
                  "`grace@example.com` - looked up `grace@example.com`: nothing");
}

TEST_F(AliasTableCommands, WhoListsWhatTheTableGivesALogin) {
    EXPECT_EQ(tool_.run({"who", "--login", "henry@example.com"}), Exit::fine);
    const std::string looked_up = "  looked up `henry@example.com`: 2 values";
    EXPECT_EQ(without_time(line_with(orders)),
              "  orders@example.com      directory    " + place() + looked_up);
    EXPECT_EQ(without_time(line_with("henry-")),
              "  henry-*@example.com     directory    " + place() + looked_up);
    EXPECT_EQ(tool_.run({"who", orders}), Exit::fine);
    EXPECT_EQ(line_with("directory"), "  logins of the table  directory        " + place() +
                                          "  a table by login cannot be asked whose an address is: "
                                          "who --login LOGIN");
}

TEST_F(AliasTableCommands, CheckSaysOnDemandWhatATableAnswered) {
    EXPECT_EQ(tool_.run({"check"}), Exit::fine) << tool_.err();
    EXPECT_EQ(tool_.out().find("alias table directory"), std::string::npos);
    EXPECT_EQ(tool_.run({"check", "--live"}), Exit::fine) << tool_.err();
    EXPECT_EQ(without_time(line_with("alias table directory")),
              "alias table directory answers: looked up `relaypermit-check@example.invalid`: "
              "nothing");
}

TEST_F(AliasTableCommands, TestTakesATestsOwnRowsForTheTable) {
    tool_.write("more.toml", R"([[test]]
name   = "grace does where the table says so"
login  = "grace@example.com"
sender = "orders@example.com"
expect = "accept"
rule   = "directory"
[[test.table]]
id   = "directory"
rows = ["Grace@example.com  info@example.com, orders@example.com", "henry@example.com @example.com"]
[[test]]
name   = "henry waits for a table that is down"
login  = "henry@example.com"
sender = "orders@example.com"
expect = "lookup-failed"
[[test.table]]
id   = "directory"
down = true
[[test]]
name   = "henry has nothing in an empty one"
login  = "henry@example.com"
sender = "orders@example.com"
expect = "sender-not-owned"
[[test.table]]
id = "directory"
)");
    EXPECT_EQ(tool_.run({"test", tool_.path("more.toml")}), Exit::fine) << tool_.out();
    EXPECT_EQ(tool_.out(), "5 tests passed\n");
    tool_.write("more.toml", R"([[test]]
name   = "of another table"
expect = "accept"
[[test.table]]
id   = "directry"
)");
    EXPECT_EQ(tool_.run({"test", tool_.path("more.toml")}), Exit::failed);
    EXPECT_NE(tool_.err().find("no [[alias_table]] or [[domain_table]] has the id `directry`"),
              std::string::npos)
        << tool_.err();
}

TEST_F(AliasTableCommands, CheckWarnsOfATableThatCannotBeOpened) {
    EXPECT_EQ(tool_.run({"check", "--strict"}), Exit::fine) << tool_.err();
    tool_.write("policy.toml",
                "relay = {hosted_domains = [\"example.com\"]}\n[[alias_table]]\nid = \"d\"\n"
                "type = \"sasl\"\nconfig = \"/nonexistent\"\n");
    EXPECT_EQ(tool_.run({"check", "--strict"}), Exit::finding);
    EXPECT_NE(
        tool_.err().find("policy.toml:2:1: warning: alias table `d` cannot be opened from here: "),
        std::string::npos)
        << tool_.err();
}

TEST_F(AliasTableCommands, SayWhyATableGivesNoAnswer) {
    SaslDirectory& sasl = SaslDirectory::instance();
    sasl.hide_database();
    EXPECT_EQ(tool_.run({"test"}), Exit::finding);
    EXPECT_EQ(line_with("actual"), "      actual    lookup-failed at MAIL by directory");
    EXPECT_EQ(without_time(line_with("unknown")),
              "        unknown  directory    " + place() + "  the table did not answer: `" +
                  sasl.database() + "` is missing - looked up `henry@example.com`: failed");
    EXPECT_EQ(tool_.run({"check", "--strict"}), Exit::finding);
    EXPECT_NE(tool_.err().find(place() +
                               ": warning: alias table `directory` does not answer from "
                               "here: `" +
                               sasl.database() + "` is missing"),
              std::string::npos)
        << tool_.err();
    EXPECT_EQ(tool_.run({"who", "--login", "henry@example.com"}), Exit::fine);
    EXPECT_EQ(line_with("unknown"), "  unknown senders         directory    " + place() +
                                        "  the table gives no answer: `" + sasl.database() +
                                        "` is missing");
    sasl.restore_database();
}

}  // namespace
}  // namespace relaypermit::testing

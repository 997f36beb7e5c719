// The table for Postfix's own refusals; what Postfix makes of it: mta/test_footers.py.
#include "tool/rehearse/footers.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace relaypermit {
namespace {

std::string footers(const std::string& server) {
    const Loaded loaded = load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[server]\n" + server, "p", "host.example");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return postfix_footers(*loaded.policy);
}

TEST(Footers, SayWhatToDoWhomToAskAndWhereHelpIs) {
    const std::string table = footers(
        "contact = \"the help desk, phone 1234\"\nhelp_url = \"https://help.example.com/r\"\n");
    EXPECT_NE(table.find("\n/^535 5\\.7\\.8 / \\c - enter your user name and password for the "
                         "outgoing server anew. For help ask the help desk - phone 1234 - "
                         "https://help.example.com/r#wrong-password\n"),
              std::string::npos)
        << table;
    EXPECT_EQ(table.find(" - ref 0"), std::string::npos) << table;
    EXPECT_TRUE(table.ends_with("\nendif\n"));
}

TEST(Footers, DoWithoutAHelpAddress) {
    const std::string table = footers("");
    EXPECT_NE(table.find("outgoing server anew. For help ask postmaster@example.com\n"),
              std::string::npos)
        << table;
}

// regexp_table(5) and the footer each take one off.
TEST(Footers, KeepADollarSign) {
    EXPECT_NE(footers("contact = \"room $5\"\n").find("For help ask room $$$$5\n"),
              std::string::npos);
}

}  // namespace
}  // namespace relaypermit

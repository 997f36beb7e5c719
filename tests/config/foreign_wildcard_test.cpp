#include "config/foreign_wildcard.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

// What is written in the words of other programs stands in tests/mistakes.md.
TEST(ForeignWildcard, IsNothingThatIsAPatternOrAnAddress) {
    for (const std::string_view text : {"bob@example.com",
                                        "*@example.com",
                                        "*@*.example.com",
                                        "bounce-*@example.com",
                                        "*-bounces@example.com",
                                        "anon.*@example.com",
                                        "*",
                                        "<>",
                                        "{user}@example.com",
                                        "{user}@{domain}",
                                        "bob+tag@example.com",
                                        "SRS0=*@example.com",
                                        "o'hara@example.com",
                                        "a%b@example.com",
                                        "user%example.org",
                                        "EXAMPLE\\bob",
                                        "bob@[192.0.2.1]",
                                        "\"a|b\"@example.com",
                                        "/^(a|b)@example\\.com$/",
                                        "Alice (Sales)",
                                        "uid=bob,ou=people",
                                        "*@hosted",
                                        "info@hosted"})
        EXPECT_FALSE(foreign_wildcard(text, "example.com")) << text;
}

TEST(ForeignWildcard, IsNotSaidToBeAPatternThatSaysLess) {
    EXPECT_EQ(foreign_wildcard("^b.*b@example\\.com$", "example.com")->help,
              "write `/^b.*b@example\\.com$/`");
    EXPECT_EQ(foreign_wildcard("^bob", "example.com")->help, "write `/^bob/`");
    EXPECT_EQ(foreign_wildcard("^bob.*@example.com$", "example.com")->help,
              "did you mean `bob*@example.com`?");
    EXPECT_EQ(foreign_wildcard(".*", "example.org")->help, "did you mean `*@example.org`?");
}

}  // namespace
}  // namespace relaypermit

#include "tables/table_values.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

using Parts = std::vector<std::string>;

TEST(SplitValue, PartsAtCommasAndBlanks) {
    EXPECT_EQ(split_value("a@x, b@x,c@x\td@x\r\n e@x"), (Parts{"a@x", "b@x", "c@x", "d@x", "e@x"}));
    EXPECT_EQ(split_value(""), Parts{});
    EXPECT_EQ(split_value(" , ,"), Parts{});
}

TEST(SplitValue, LeavesWhatIsInQuotesTogether) {
    EXPECT_EQ(split_value("\"a b\"@x \"c,d\"@x"), (Parts{"\"a b\"@x", "\"c,d\"@x"}));
    EXPECT_EQ(split_value(R"("a\" b"@x c@x)"), (Parts{R"("a\" b"@x)", "c@x"}));
    EXPECT_EQ(split_value("\"a b"), (Parts{"\"a b"}));
    EXPECT_EQ(split_value(R"(a\ b)"), (Parts{"a\\", "b"}));
}

std::string read(const std::string& value, TableBy by) {
    AddressRules rules;
    rules.default_realm = "example.com";
    const auto pattern = pattern_of_value(value, by, rules);
    return pattern ? pattern->text() : "no: " + pattern.error();
}

TEST(PatternOfValue, IsASenderPatternByLogin) {
    EXPECT_EQ(read("bob@example.org", TableBy::login), "bob@example.org");
    EXPECT_EQ(read("*@example.org", TableBy::login), "*@example.org");
    EXPECT_EQ(read("{user}@example.org", TableBy::login), "{user}@example.org");
    EXPECT_EQ(read("*", TableBy::login), "*");
    EXPECT_EQ(read("@example.org", TableBy::login), "*@example.org");
    EXPECT_TRUE(read("bob", TableBy::login).starts_with("no: "));
}

TEST(PatternOfValue, IsALoginPatternBySender) {
    const AddressRules rules{"example.com", {}, "mail.example.com", "+"};
    const auto bare = pattern_of_value("Bob", TableBy::sender, rules);
    ASSERT_TRUE(bare) << bare.error();
    EXPECT_TRUE(bare->matches(Login{"bob", "example.com"}));
    EXPECT_FALSE(bare->matches(Login{"bob", "example.org"}));
    const auto anyone = pattern_of_value("@example.org", TableBy::sender, rules);
    ASSERT_TRUE(anyone) << anyone.error();
    EXPECT_TRUE(anyone->matches(Login{"carol", "example.org"}));
    EXPECT_FALSE(anyone->matches(Login{"carol", "sub.example.org"}));
    EXPECT_TRUE(read("<>", TableBy::sender).starts_with("no: "));
}

TEST(PatternOfValue, IsNoRegex) {
    for (const TableBy by : {TableBy::login, TableBy::sender})
        EXPECT_EQ(read("/.*/", by), "no: a table holds no regexes");
}

TEST(MayBeShown, LeavesOutWhatMayBeAPassword) {
    EXPECT_TRUE(may_be_shown("no@pattern@"));
    EXPECT_FALSE(may_be_shown("{SSHA}hunter2"));
}

}  // namespace
}  // namespace relaypermit::testing

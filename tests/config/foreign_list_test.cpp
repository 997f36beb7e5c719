#include "config/foreign_list.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace relaypermit {
namespace {

std::string help_for(std::string_view text, PatternRole role) {
    const HintFor hint{role, "example.com", {}};
    auto found = foreign_alternatives(text, hint);
    if (!found) found = foreign_list(text, hint);
    return found ? found->help : std::string();
}

TEST(ForeignList, IsTakenApartAtCommasAndWords) {
    constexpr std::pair<std::string_view, std::string_view> senders[] = {
        {"info@example.com,", "write `info@example.com`"},
        {"info@example.com; sales@example.com",
         R"(write `"info@example.com", "sales@example.com"`)"},
        {"info@example.com sales@example.com",
         R"(write `"info@example.com", "sales@example.com"`)"},
        {"info@example.com/sales@example.com",
         R"(write `"info@example.com", "sales@example.com"`)"},
        {"info@example.com or sales@example.com",
         R"(write `"info@example.com", "sales@example.com"`)"},
        {"info,sales@example.org", R"(write `"info@example.org", "sales@example.org"`)"},
        {"x or y", R"(write `"x@example.com", "y@example.com"`)"},
        {"x and y", R"(write `"x@example.com", "y@example.com"`)"},
        {"x, y", R"(write `"x@example.com", "y@example.com"`)"},
    };
    for (const auto& [text, help] : senders)
        EXPECT_EQ(help_for(text, PatternRole::sender), help) << text;
    EXPECT_EQ(help_for("bob,carol", PatternRole::login), R"(write `"bob", "carol"`)");
    EXPECT_EQ(help_for("EXAMPLE\\bob;EXAMPLE\\carol", PatternRole::login),
              R"(write `'EXAMPLE\bob', 'EXAMPLE\carol'`)");
    EXPECT_EQ(help_for("bob or carol@example.org", PatternRole::login),
              R"(write `"bob@example.org", "carol@example.org"`)");
}

TEST(ForeignList, GivesNamesAndDomainsOfAlternativesToEachOther) {
    constexpr std::pair<std::string_view, std::string_view> senders[] = {
        {"a|b@example.com", R"(write `"a@example.com", "b@example.com"`)"},
        {"bob@example.com|example.org", R"(write `"bob@example.com", "bob@example.org"`)"},
        {"bob@{example.com,example.org}", R"(write `"bob@example.com", "bob@example.org"`)"},
        {"bob@(example.com|example.org)", R"(write `"bob@example.com", "bob@example.org"`)"},
        {"bob@example.(com|org)", R"(write `"bob@example.com", "bob@example.org"`)"},
        {"*@example.{com,org}", R"(write `"*@example.com", "*@example.org"`)"},
        {"{a,b}@{c.example,d.example}",
         R"(write `"a@c.example", "a@d.example", "b@c.example", "b@d.example"`)"},
        {"a@example.com|b@example.org", R"(write `"a@example.com", "b@example.org"`)"},
        {"{user}@{example.com,example.org}",
         R"(write `"{user}@example.com", "{user}@example.org"`)"},
        {"bob@example.com|", "write `bob@example.com`"},
    };
    for (const auto& [text, help] : senders)
        EXPECT_EQ(help_for(text, PatternRole::sender), help) << text;
}

TEST(ForeignList, IsNoNameThatHasABlankOrACommaInIt) {
    for (const std::string_view text :
         {"alice@example.com", "Alice Smith", "Marks and Spencer", "Alice (Sales)",
          "uid=alice,ou=people", "\"a,b\"@example.com", "EXAMPLE\\mallory",
          "Alice Smith@example.com", "a@b@example.com", "bob@[192.0.2.1]"})
        EXPECT_EQ(help_for(text, PatternRole::login), "") << text;
}

TEST(ForeignList, EndsWithWhatNobodyWouldWriteOut) {
    std::string text = "{a,b}";
    for (int i = 0; i < 40; ++i) text += "{a,b}";
    EXPECT_EQ(help_for(text + "@example.com", PatternRole::sender), "");
    EXPECT_EQ(help_for(std::string(5000, '{') + "@example.com", PatternRole::sender), "");
}

}  // namespace
}  // namespace relaypermit

#include "config/placeholders.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

TEST(PlaceholderText, KnowsPlaceholdersAndBraces) {
    const auto read = parse_placeholder_text("a{login}b{{c}}{user}", QueryOf::alias_table);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->pieces.size(), 2U);
    EXPECT_EQ(read->pieces[0].literal, "a");
    EXPECT_EQ(read->pieces[0].behind, Placeholder::login);
    EXPECT_EQ(read->pieces[1].literal, "b{c}");
    EXPECT_EQ(placeholders_of(*read),
              (std::vector<Placeholder>{Placeholder::login, Placeholder::user}));
}

TEST(PlaceholderText, NamesTheBraceThatIsNone) {
    const auto offset = [](std::string_view text) {
        const auto read = parse_placeholder_text(text, QueryOf::alias_table);
        return read ? -1 : static_cast<int>(read.error().offset);
    };
    EXPECT_EQ(offset("a{logn}"), 1);
    EXPECT_EQ(offset("ab{login"), 2);
    EXPECT_EQ(offset("a}b"), 1);
    EXPECT_EQ(offset("plain"), -1);
}

}  // namespace
}  // namespace relaypermit::testing

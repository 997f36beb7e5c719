#include "tool/base/source_excerpt.h"

#include <gtest/gtest.h>

#include <sstream>

namespace relaypermit {
namespace {

// The line with what is meant in it between angle quotes.
std::string meant_in(std::string text, std::uint32_t line, std::uint32_t column) {
    std::vector<SourceText> sources;
    sources.emplace_back("policy.toml", std::move(text));
    const auto excerpt = excerpt_at(sources, Place{std::string("policy.toml"), line, column});
    if (!excerpt) return "-";
    std::string shown = excerpt->line;
    shown.insert(std::min<std::size_t>(excerpt->end_column - 1, shown.size()), ">");
    shown.insert(std::min<std::size_t>(excerpt->column - 1, shown.size()), "<");
    return shown;
}

TEST(SourceExcerpt, EndsWhereWhatIsMeantEnds) {
    EXPECT_EQ(meant_in("lgoins = 1", 1, 1), "<lgoins> = 1");
    EXPECT_EQ(meant_in("server.nam = 1", 1, 8), "server.<nam> = 1");
    EXPECT_EQ(meant_in("[[alias]]  # shop", 1, 1), "<[[alias]]>  # shop");
    EXPECT_EQ(meant_in("a = [\"b\", 'c d', 7]", 1, 6), "a = [<\"b\">, 'c d', 7]");
    EXPECT_EQ(meant_in("a = [\"b\", 'c d', 7]", 1, 12), "a = [\"b\", '<c d>', 7]");
    EXPECT_EQ(meant_in("a = [\"b\", 'c d', 7]", 1, 18), "a = [\"b\", 'c d', <7>]");
    EXPECT_EQ(meant_in("a = [\"b\"]  # c", 1, 5), "a = <[\"b\"]>  # c");
    EXPECT_EQ(meant_in("a = 31 Dec 2026  # c", 1, 5), "a = <31 Dec 2026>  # c");
    EXPECT_EQ(meant_in("a = \"x\\\"y\"", 1, 5), "a = <\"x\\\"y\">");
    EXPECT_EQ(meant_in("a = \"x\r\nb = 1\r\n", 2, 1), "<b> = 1");
    EXPECT_EQ(meant_in("a = \"x", 1, 7), "a = \"x<>");
}

TEST(SourceExcerpt, IsNotThereWhereALineMayHoldAPassword) {
    for (const std::string line :
         {"url = \"mysql://mail:secret@db/mail\"", "password = \"secret\"", "bind_pw = 'secret'",
          "password_file = \"hunter2\"", "url = \"host=db password=secret\""})
        EXPECT_EQ(meant_in(line, 1, 1), "-") << line;
    EXPECT_EQ(meant_in("url = \"mysql://mail@db/mail\"", 1, 1), "<url> = \"mysql://mail@db/mail\"");
}

TEST(SourceExcerpt, IsThereForPlacesInTheTextAlone) {
    EXPECT_EQ(meant_in("a = 1", 0, 0), "-");
    EXPECT_FALSE(excerpt_at({}, Place{std::string("policy.toml"), 1, 1}));
    EXPECT_EQ(meant_in("a = \"" + std::string(70'000, 'x') + "\"", 1, 5), "-");
}

std::string shown(std::string line, std::uint32_t column, std::uint32_t end, std::size_t width) {
    return painted(SourceExcerpt{std::move(line), 7, column, end}, Terminal{.width = width});
}

TEST(SourceExcerpt, HasItsCaretBeneathWhateverStandsBefore) {
    EXPECT_EQ(shown("\ta = 1", 2, 3, 80),
              "    7 |  a = 1\n"
              "      |  ^\n");
    // A wide character takes two columns, a mark none.
    EXPECT_EQ(shown("\u65E5e\u0301 = xy", 7, 9, 80),
              "    7 | \u65E5e\u0301 = xy\n"
              "      |       ^~\n");
    // Nothing moves the terminal's cursor or turns the text round.
    EXPECT_EQ(shown("a = \"\x1B[2J\u202E\" x", 13, 14, 80).find('\x1B'), std::string::npos);
}

TEST(SourceExcerpt, FitsOnTheTerminal) {
    for (std::uint32_t column = 1; column <= 300; ++column) {
        std::istringstream lines(shown(std::string(300, 'x'), column, column + 20, 80));
        std::string line;
        std::string caret;
        std::getline(lines, line);
        std::getline(lines, caret);
        ASSERT_LE(line.size(), 80U) << column;
        ASSERT_LE(caret.size(), line.size()) << column;
        ASSERT_NE(caret.find('^'), std::string::npos) << column;
    }
}

}  // namespace
}  // namespace relaypermit

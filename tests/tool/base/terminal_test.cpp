#include "tool/base/terminal.h"

#include <gtest/gtest.h>

#include "tool/base/visible.h"

namespace relaypermit {
namespace {

TEST(Text, ShowsControlCharactersAndInvisibleOnesAsTheirBytes) {
    EXPECT_EQ(visible("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
    EXPECT_EQ(visible("\u202Emoc.live@x"), "\\xe2\\x80\\xaemoc.live@x");
    EXPECT_EQ(visible("\u200Bx\u0085"), "\\xe2\\x80\\x8bx\\xc2\\x85");
    EXPECT_EQ(visible("\xff\xc0\x80"), "\\xff\\xc0\\x80");
    EXPECT_EQ(visible("b\u00fccher \u65e5\u672c"), "b\u00fccher \u65e5\u672c");
}

TEST(Text, CountsInWords) {
    EXPECT_EQ(counted(0, "refusal"), "0 refusals");
    EXPECT_EQ(counted(1, "refusal"), "1 refusal");
    EXPECT_EQ(counted(1234567, "person", "people"), "1,234,567 people");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1000), "1,000");
}

TEST(Terminal, PaintsOnlyWithColour) {
    EXPECT_EQ((Terminal{.colour = false}.paint(Style::red, "x")), "x");
    EXPECT_EQ((Terminal{.colour = true}.paint(Style::red, "x")), "\x1b[31mx\x1b[0m");
    EXPECT_EQ((Terminal{.colour = true}.paint(Style::red, "")), "");
}

TEST(Terminal, DrawsABarForAnythingAboveZero) {
    const Terminal boxes{.utf8 = true};
    const Terminal ascii{.utf8 = false};
    EXPECT_EQ(boxes.bar(1, 1000000, 10), "\u258f");
    EXPECT_EQ(boxes.bar(10, 10, 3), "\u2588\u2588\u2588");
    EXPECT_EQ(boxes.bar(0, 10, 3), "");
    EXPECT_EQ(ascii.bar(1, 1000000, 10), "#");
    EXPECT_EQ(ascii.bar(5, 10, 10), "#####");
    EXPECT_EQ(ascii.bar(20, 10, 10), "##########");
}

TEST(Terminal, CountsColumnsNotBytesNorEscapes) {
    EXPECT_EQ(columns("\x1b[31mb\u00fc\x1b[0m"), 2U);
    EXPECT_EQ(columns("\u65e5\u672c"), 4U);
    EXPECT_EQ(columns("u\u0308"), 1U);
    EXPECT_EQ(columns("\xff?"), 2U);
    EXPECT_EQ(columns("\x1b[31"), 0U);
    EXPECT_EQ(shortened("abcdefgh", 6), "abc...");
    EXPECT_EQ(shortened("\u00fc\u00fc\u00fc\u00fc\u00fc", 4), "\u00fc...");
    EXPECT_EQ(shortened_middle("somebody@long.example", 12), "someb...mple");
    EXPECT_EQ(padded("\u00fc", 3), "\u00fc  ");
    EXPECT_EQ(padded("7", 3, true), "  7");
}

TEST(Terminal, WrapsAtSpaces) {
    EXPECT_EQ(wrapped("one two three four", 9, 2), "one two\n  three\n  four");
    EXPECT_EQ(wrapped("unbreakablyLongWord x", 5, 0), "unbreakablyLongWord\nx");
}

}  // namespace
}  // namespace relaypermit

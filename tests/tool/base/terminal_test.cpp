#include "tool/base/terminal.h"

#include <gtest/gtest.h>

#include "tool/base/text.h"

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

TEST(Table, AlignsItsColumns) {
    Table table{{{.title = "count", .align = Table::Align::right}, {.title = "login"}}};
    table.add({{"7"}, {"alice"}});
    table.add({{"1,000"}, {"bob"}});
    EXPECT_EQ(table.print(Terminal{}), "count  login\n    7  alice\n1,000  bob\n");
}

TEST(Table, ShrinksTheWidestColumnThatMay) {
    Table table{{{.title = "a"}, {.title = "b", .may_shrink = true}}};
    table.add({{"12345678901234567890"}, {"abcdefghijklmnopqrstuvwxyz"}});
    EXPECT_EQ(table.print(Terminal{.width = 40}),
              "a                     b\n"
              "12345678901234567890  abcdefgh...tuvwxyz\n");
}

TEST(Table, WrapsItsLastColumnWhereItMay) {
    Table table{{{.title = {}}, {.style = Style::red, .wraps = true}}};
    table.add({{"one"}, {"some words that do not fit"}});
    table.add({{"two"}, {"short"}});
    EXPECT_EQ(table.print(Terminal{.width = 24}, 2),
              "  one  some words that\n"
              "       do not fit\n"
              "  two  short\n");
    EXPECT_EQ(table.print(Terminal{.width = 24, .colour = true}, 2),
              "  one  \x1b[31msome words that\x1b[0m\n"
              "       \x1b[31mdo not fit\x1b[0m\n"
              "  two  \x1b[31mshort\x1b[0m\n");
    EXPECT_EQ(table.print(Terminal{.width = unlimited_width}, 2),
              "  one  some words that do not fit\n  two  short\n");
}

// One long row is no reason to tear all others apart.
TEST(Table, LetsALongRowStandByItself) {
    Table table{{{.style = Style::bold}, {}, {.wraps = true}}};
    for (const char* name :
         {"alice@example.com", "bob@example.com", "carol@example.com", "dave@example.com"}) {
        table.add({{name}, {"own-address"}, {"built in"}});
    }
    table.add(
        {{"a-very-long-name-of-somebody-who-has-one@a-very-long-domain.example.com"},
         {"sales"},
         {"where {user}@werft.example is the address, only from 192.0.2.0/24, until 2027-01-31"}});
    table.add({{"erin@example.com"},
               {"sales"},
               {"where {user}@werft.example is the address, only from 192.0.2.0/24"}});
    EXPECT_EQ(table.print(Terminal{.width = 80}, 2),
              "  alice@example.com  own-address  built in\n"
              "  bob@example.com    own-address  built in\n"
              "  carol@example.com  own-address  built in\n"
              "  dave@example.com   own-address  built in\n"
              "  a-very-long-name-of-somebody-who-has-one@a-very-long-domain.example.com\n"
              "      sales\n"
              "      where {user}@werft.example is the address, only from 192.0.2.0/24, until\n"
              "      2027-01-31\n"
              "  erin@example.com   sales        where {user}@werft.example is the address,\n"
              "                                  only from 192.0.2.0/24\n");
}

TEST(Table, PutsALongTextBelowWhereLittleIsLeftBeside) {
    Table table{{{}, {}, {.wraps = true}}};
    table.add({{"192.0.2.0/24"},
               {"/etc/relaypermit/policy.toml:27:11"},
               {"as scanner@example.com; on submission ports only with TLS"}});
    table.add({{"192.0.3.0/24"}, {"/etc/relaypermit/policy.toml:27:11"}, {"as any sender"}});
    EXPECT_EQ(table.print(Terminal{.width = 80}, 2),
              "  192.0.2.0/24  /etc/relaypermit/policy.toml:27:11\n"
              "      as scanner@example.com; on submission ports only with TLS\n"
              "  192.0.3.0/24  /etc/relaypermit/policy.toml:27:11  as any sender\n");
}

TEST(Table, MakesItsCellsSafe) {
    Table table{{{}}};
    table.add({{"x\x1b[31m\ny"}});
    EXPECT_EQ(table.print(Terminal{}), "x\\x1b[31m\\x0ay\n");
}

}  // namespace
}  // namespace relaypermit

#include "tool/base/table.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

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

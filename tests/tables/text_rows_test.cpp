#include "tables/text_rows.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/postmap.h"

namespace relaypermit::testing {
namespace {

struct Read {
    explicit Read(std::string_view text) : rows(of(text)) {}

    TextRows of(std::string_view text) {
        auto copy = std::make_unique<char[]>(text.size() + 1);
        std::memcpy(copy.get(), text.data(), text.size());
        return TextRows::read(std::move(copy), text.size(), [this](const RowFault& fault) {
            faults.push_back(std::to_string(fault.line) + ": " + fault.why);
        });
    }
    std::string value(std::string_view key) const {
        return std::string(rows.find(key).value_or("(none)"));
    }

    std::vector<std::string> faults{};
    TextRows rows;
};

using Faults = std::vector<std::string>;

TEST(TextRows, ReadsLinesAsTexthashDoes) {
    const Read read(
        "# of the shop\n"
        "bob@example.com  orders@example.com, *@shop.example.com \n"
        "\n"
        "   # a comment within blanks\n"
        "carol@example.com\tinfo@example.com,\n"
        "    help@example.com\n"
        "# between a line and what goes on with it\n"
        "\tpress@example.com\n"
        "Dave@Example.COM dave@example.net");
    EXPECT_EQ(read.faults, Faults{});
    EXPECT_EQ(read.rows.size(), 3U);
    EXPECT_EQ(read.value("bob@example.com"), "orders@example.com, *@shop.example.com");
    EXPECT_EQ(read.value("carol@example.com"),
              "info@example.com,    help@example.com\tpress@example.com");
    EXPECT_EQ(read.value("dave@example.com"), "dave@example.net");
    EXPECT_EQ(read.value("bob@example.co"), "(none)");
    EXPECT_EQ(read.value("bob@example.comx"), "(none)");
    EXPECT_EQ(read.value(""), "(none)");
    EXPECT_EQ(read.value("orders@example.com,"), "(none)");
}

TEST(TextRows, ReadsWhatWindowsWrote) {
    const Read read(
        "bob@example.com a@example.com\r\n\r\n# x\r\ncarol@example.com b@x.example\r\n");
    EXPECT_EQ(read.faults, Faults{});
    EXPECT_EQ(read.value("bob@example.com"), "a@example.com");
    EXPECT_EQ(read.value("carol@example.com"), "b@x.example");
}

TEST(TextRows, PassesOverAByteOrderMark) {
    const Read read(
        "\xEF\xBB\xBF"
        "bob@example.com a@example.com\n");
    EXPECT_EQ(read.value("bob@example.com"), "a@example.com");
}

TEST(TextRows, SaysThatAPatternIsNoKey) {
    const Read read(
        "*@example.com a@example.com\n/^b/ c@example.com\n*x@example.com d@example.com\n");
    EXPECT_EQ(read.rows.size(), 1U);
    ASSERT_EQ(read.faults.size(), 2U);
    EXPECT_NE(read.faults[1].find("its key is a pattern"), std::string::npos) << read.faults[1];
}

TEST(TextRows, HasEveryDomainOfAList) {
    std::string text;
    for (int n = 0; n < 200; ++n) text += "d" + std::to_string(n) + ".example\n";
    text +=
        "With.Example  whatever # "
        "1\nxn--mnchen-3ya.example\nm\xC3\xBCnchen.example\n.parent.example\n"
        "a@at.example\n*.star.example\nlast.example";
    auto bytes = std::make_unique<char[]>(text.size() + 1);
    std::copy(text.begin(), text.end(), bytes.get());
    std::vector<std::string> faults;
    const TextRows rows = TextRows::read(
        std::move(bytes), text.size(),
        [&](const RowFault& fault) {
            faults.push_back(std::to_string(fault.line) + " " + fault.why);
        },
        TextRows::Values::passed_over);
    for (int n = 0; n < 200; ++n) {
        const std::string domain = "d" + std::to_string(n) + ".example";
        EXPECT_EQ(rows.find(domain), domain);
    }
    for (const char* domain : {"with.example", "xn--mnchen-3ya.example", "last.example"})
        EXPECT_EQ(rows.find(domain), domain);
    EXPECT_EQ(rows.size(), 203U);
    EXPECT_FALSE(rows.find("d200.example"));
    EXPECT_EQ(faults, (std::vector<std::string>{
                          "203 its domain is not written as it is asked for, in A-labels (xn--)",
                          "204 its key is no domain", "205 its key is no domain",
                          "206 its key is a pattern, and a table is asked for whole names"}));
    std::size_t seen = 0;
    rows.for_each([&](std::string_view key, std::string_view value) {
        EXPECT_EQ(key, value);
        ++seen;
    });
    EXPECT_EQ(seen, rows.size());
}

TEST(TextRows, HasNothingOfAnEmptyText) {
    for (const std::string_view text : {"", "\n", "# only this", " \n\t\n"}) {
        const Read read(text);
        EXPECT_EQ(read.rows.size(), 0U);
        EXPECT_EQ(read.value("bob@example.com"), "(none)");
        EXPECT_EQ(read.faults, Faults{});
    }
}

TEST(TextRows, SaysOfEveryBadLineWhatIsWrong) {
    const std::string text =
        "  a@example.com goes on with nothing\n"
        "b@example.com\n"
        "c@example.com c\n"
        "C@example.com second\n" +
        std::string("d@example.com d\0d\n", 18) +
        "\"e@example.com e\n"
        "postmaster: root\n"
        "g@example.com \xFFg\n"
        "h@example.com\r\n"
        "i@example.com i\n" +
        std::string("j@example.com j\n \0\n", 19);
    const Read read(text);
    EXPECT_EQ(read.faults,
              (Faults{"1: it begins with a blank, and there is none that it goes on",
                      "2: it has a key and no value", "4: `c@example.com` has a row already",
                      "5: it holds a NUL", "6: a quote has no end",
                      "7: its key ends in a colon, as in a file of aliases(5)", "8: it is no UTF-8",
                      "9: it has a key and no value", "11: it holds a NUL"}));
    EXPECT_EQ(read.rows.size(), 2U);
    EXPECT_EQ(read.value("c@example.com"), "c");
    EXPECT_EQ(read.value("i@example.com"), "i");
    for (const std::string_view key : {"d@example.com", "j@example.com", "postmaster:"})
        EXPECT_EQ(read.value(key), "(none)") << key;
}

TEST(TextRows, FindsEveryRowOfMany) {
    std::string text;
    for (int n = 0; n < 20'000; ++n)
        text += "user" + std::to_string(n) + "@example.com alias" + std::to_string(n) +
                "@example.com\n";
    const Read read(text);
    EXPECT_EQ(read.rows.size(), 20'000U);
    for (int n = 0; n < 20'000; ++n)
        ASSERT_EQ(read.value("user" + std::to_string(n) + "@example.com"),
                  "alias" + std::to_string(n) + "@example.com");
    int n = 0;
    read.rows.for_each([&](std::string_view key, std::string_view value) {
        ASSERT_EQ(key, "user" + std::to_string(n) + "@example.com");
        ASSERT_EQ(value, "alias" + std::to_string(n) + "@example.com");
        ++n;
    });
    EXPECT_EQ(n, 20'000);
}

// What Postfix itself finds in the same file.
TEST(TextRows, AgreesWithPostfix) {
    const ScratchDirectory folder;
    const std::string text =
        "# lines\n"
        "bob@example.com bob, alice\n"
        "\"two words\"@example.com carol\n"
        "back\\ slash@example.com dave\n"
        "Upper@Example.com Erin\n"
        "long@example.com a,\n"
        "  b,\n"
        "# comment\n"
        "\tc\n"
        "bob@example.com second\n"
        "@example.org frank \r\n"
        "\n"
        "quoted\"inside\"@example.com gina\n"
        "lone\n"
        "last@example.com henry";
    folder.write("senders", text);
    const Read read(text);
    int found = 0;
    for (const std::string key :
         {"bob@example.com", "\"two words\"@example.com", "back\\ slash@example.com",
          "upper@example.com", "long@example.com", "@example.org", "quoted\"inside\"@example.com",
          "lone", "last@example.com", "nobody@example.com", "back\\", "\"two"}) {
        const std::string postfix = postmap_answer(folder, "texthash", "senders", key);
        EXPECT_EQ(read.value(key), postfix.empty() ? "(none)" : postfix) << key;
        if (!postfix.empty()) ++found;
    }
    EXPECT_EQ(found, 8);
}

TEST(OpenTextRows, SaysWhatCannotBeRead) {
    const ScratchDirectory folder;
    EXPECT_EQ(open_text_rows(folder.file("gone")).error(),
              "`" + folder.file("gone") + "` is missing");
    EXPECT_EQ(open_text_rows(folder.path()).error(), "`" + folder.path().string() + "` is no file");
    folder.write("half", "a@example.com b@example.com\nc@example.com *");
    EXPECT_EQ(open_text_rows(folder.file("half")).error(),
              "`" + folder.file("half") +
                  "` ends within a line, so that it may not be all of the file: end its last line");
    folder.write("bad", "a@example.com\nb@example.com b\nc@example.com\n");
    const auto rows = open_text_rows(folder.file("bad"));
    ASSERT_TRUE(rows) << rows.error();
    EXPECT_EQ((*rows)->remark(), "`" + folder.file("bad") +
                                     "`: 2 lines are ignored, the first is line 1: it has a key "
                                     "and no value");
}

}  // namespace
}  // namespace relaypermit::testing

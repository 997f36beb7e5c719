// Values of a record: how they are written into a line, read back, and cut.
#include "record/value.h"

#include <gtest/gtest.h>

#include <string>

namespace relaypermit {
namespace {

std::string written(std::string_view value) {
    std::string line;
    append_value(line, value);
    return line;
}

std::string written_list(const std::vector<std::string>& members,
                         std::optional<std::size_t> number = std::nullopt) {
    std::string line;
    append_list(line, members, number);
    return line;
}

TEST(Value, IsWrittenBareWhereNothingInItNeedsMore) {
    EXPECT_EQ(written("alice@example.com"), "alice@example.com");
    EXPECT_EQ(written("<>"), "<>");
    EXPECT_EQ(written("a,b;c=d(e)'"), "a,b;c=d(e)'");
}

TEST(Value, IsADashWhereItIsAbsentAndAQuotedOneWhereItIsADash) {
    EXPECT_EQ(written(""), "-");
    EXPECT_EQ(written("-"), R"("-")");
    EXPECT_EQ(written("--"), "--");
}

TEST(Value, IsQuotedWhereItHoldsASpaceOrAQuote) {
    EXPECT_EQ(written("a b"), R"("a b")");
    EXPECT_EQ(written(R"("a b"@x)"), R"("\"a b\"@x")");
    EXPECT_EQ(written(" "), R"(" ")");
    EXPECT_EQ(written(R"(")"), R"("\"")");
}

TEST(Value, HasItsBackslashesAndEveryUnprintableByteEscaped) {
    EXPECT_EQ(written(R"(a\b)"), R"(a\\b)");
    EXPECT_EQ(written("a\r\nb\tc"), R"(a\x0d\x0ab\x09c)");
    EXPECT_EQ(written(std::string("\0\x1F\x7F\x80\xFF", 5)), R"(\x00\x1f\x7f\x80\xff)");
    EXPECT_EQ(written("b\xC3\xBC"), R"(b\xc3\xbc)");
}

TEST(Value, ReadsBackEveryByte) {
    for (int byte = 0; byte < 256; ++byte) {
        for (const std::string before : {"", "a", " ", "\\", "-"}) {
            const auto value = before + static_cast<char>(byte);
            EXPECT_EQ(read_value(written(value)), value) << byte;
            const std::vector<std::string> list = {value, "", value + value};
            const auto read = read_list(written_list(list, 7));
            ASSERT_TRUE(read) << byte;
            EXPECT_EQ(read->members, list);
            EXPECT_EQ(read->number, 7U);
        }
    }
}

TEST(Value, IsReadOnlyAsItWouldHaveBeenWritten) {
    for (const auto* text : {"", R"("")", R"("a")", R"("a b)", "a b", R"(a"b)", R"(a\)", R"(a\q)",
                             R"(a\x4)", R"(a\x4g)", R"(\x41)", R"(\x0A)", R"(\")", R"(" ""))", "\"",
                             "\n", "a\xC3\xBC", R"(a\,b)", R"(\(a)"}) {
        EXPECT_EQ(read_value(text), std::nullopt) << "`" << text << "`";
    }
}

TEST(ValueList, SeparatesItsMembersByCommas) {
    EXPECT_EQ(written_list({"a@x", "b@y"}), "a@x,b@y");
    EXPECT_EQ(written_list({R"("a,b"@x)", "c@y"}), R"("\"a\,b\"@x,c@y")");
    EXPECT_EQ(written_list({"a b", "c"}), R"("a b,c")");
    EXPECT_EQ(written_list({"a@x", "-"}), "a@x,-");
}

TEST(ValueList, TellsAnEmptyListFromEmptyMembersAndFromADash) {
    EXPECT_EQ(written_list(std::vector<std::string>{}), "-");
    EXPECT_EQ(written_list({"-"}), R"("-")");
    EXPECT_EQ(written_list(std::vector<std::string>{""}), R"("")");
    EXPECT_EQ(written_list({"", ""}), ",");
}

TEST(ValueList, EndsWithItsNumberInParentheses) {
    EXPECT_EQ(written_list({"a@x", "b@y"}, 12), "a@x,b@y,(12)");
    EXPECT_EQ(written_list({}, 12), "(12)");
    EXPECT_EQ(written_list({"(12)"}), R"(\(12))");
    EXPECT_EQ(written_list({"(a"}, 3), R"(\(a,(3))");
}

TEST(ValueList, IsReadOnlyAsItWouldHaveBeenWritten) {
    for (const auto* text : {"", "(", "()", "(1", "(1),a", "(01)", "(-1)", "(99999999999999999999)",
                             "a,(x)", R"(a,\x2cb)", R"("a,b")", R"(a\)", R"(\(a)\)", "a b,c"}) {
        EXPECT_FALSE(read_list(text)) << "`" << text << "`";
    }
}

TEST(CutValue, LeavesWhatFits) {
    EXPECT_EQ(cut_value("", 8), "");
    EXPECT_EQ(cut_value("12345678", 8), "12345678");
    EXPECT_FALSE(is_cut("12345678", 8));
    EXPECT_EQ(cut_value("\n\n", 8), "\n\n");
    EXPECT_FALSE(is_cut("a...", 8));
}

TEST(CutValue, KeepsAsMuchAsFitsIntoWhatIsWritten) {
    EXPECT_EQ(cut_value("123456789", 8), "12345678...");
    EXPECT_EQ(cut_value("12345\n789", 8), "12345...");
    EXPECT_EQ(cut_value("\n\n\n", 8), "\n\n...");
    EXPECT_EQ(cut_value("1234567\\", 8), "1234567...");
    EXPECT_EQ(cut_value("(2345678", 8), "(234567...");
}

TEST(CutValue, CutsOnlyOnceAndCanBeTold) {
    const std::string bytes = "a\n\\\",(.\xFFz";
    for (std::size_t seed = 0; seed < 3000; ++seed) {
        std::string value;
        for (std::size_t i = 0, state = seed; i < 20; ++i, state = state * 31 + 7)
            value += bytes[(state >> 3U) % bytes.size()];
        const auto cut = cut_value(value, 16);
        ASSERT_EQ(cut_value(cut, 16), cut);
        ASSERT_TRUE(is_cut(cut, 16));
        ASSERT_LE(written_size(cut), 19U);
        ASSERT_TRUE(value.starts_with(cut.substr(0, cut.size() - 3)));
    }
}

}  // namespace
}  // namespace relaypermit

// Places in the text of a policy file: lines, columns that count characters, and bytes inside of
// TOML strings.
#include "config/source_text.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

std::string in_string(std::string_view toml, std::size_t decoded_offset) {
    const SourceText source("p", std::string(toml));
    const std::size_t quote = toml.find_first_of("\"'");
    const Place begin = source.place_at(quote);
    return to_string(source.place_in_string({0, begin.line, begin.column}, decoded_offset));
}

TEST(SourceText, CountsLinesAndCharactersFromOne) {
    const SourceText source("p", "a\n\u00FC\u20ACx\n");
    EXPECT_EQ(to_string(source.place_at(0)), "p:1:1");
    EXPECT_EQ(to_string(source.place_at(1)), "p:1:2");
    EXPECT_EQ(to_string(source.place_at(2)), "p:2:1");
    EXPECT_EQ(to_string(source.place_at(3)), "p:2:1");  // within \u00FC
    EXPECT_EQ(to_string(source.place_at(4)), "p:2:2");
    EXPECT_EQ(to_string(source.place_at(7)), "p:2:3");
    EXPECT_EQ(to_string(source.place_at(99)), "p:3:1");
    for (const std::size_t offset : {0U, 1U, 2U, 4U, 7U, 8U, 9U}) {
        const Place place = source.place_at(offset);
        EXPECT_EQ(source.offset_of(place.line, place.column), offset);
    }
}

TEST(SourceText, HasNoByteOrderMark) {
    const SourceText source("p", "\xEF\xBB\xBFmode");
    EXPECT_EQ(source.text(), "mode");
    EXPECT_EQ(to_string(source.place_at(0)), "p:1:1");
}

TEST(SourceText, FindsAByteOfAString) {
    EXPECT_EQ(in_string("x = 'abc'", 0), "p:1:6");
    EXPECT_EQ(in_string("x = 'abc'", 2), "p:1:8");
    EXPECT_EQ(in_string("x = 'abc'", 3), "p:1:9");
    EXPECT_EQ(in_string("x = 'abc'", 99), "p:1:9");
    EXPECT_EQ(in_string("x = '\\u00e9b'", 2), "p:1:8");  // literal: no escapes
}

TEST(SourceText, CountsEscapesAsTheyAreWritten) {
    EXPECT_EQ(in_string(R"(x = "\\.b")", 1), "p:1:8");
    EXPECT_EQ(in_string(R"(x = "\\.b")", 2), "p:1:9");
    EXPECT_EQ(in_string(R"(x = "\u00e9b")", 2), "p:1:12");
    EXPECT_EQ(in_string(R"(x = "\U0001F600b")", 4), "p:1:16");
    EXPECT_EQ(in_string("x = \"\u00E9b\"", 2), "p:1:7");
    EXPECT_EQ(in_string(R"(x = "\"b")", 1), "p:1:8");
}

TEST(SourceText, FollowsAStringOverSeveralLines) {
    EXPECT_EQ(in_string("x = '''\nab\ncd'''", 0), "p:2:1");
    EXPECT_EQ(in_string("x = '''\r\nab\ncd'''", 3), "p:3:1");
    EXPECT_EQ(in_string("x = '''ab'''", 1), "p:1:9");
    EXPECT_EQ(in_string("x = \"\"\"a \\\n   b\"\"\"", 2), "p:2:4");
    EXPECT_EQ(in_string("x = \"\"\"a\"b\"\"\"", 2), "p:1:10");
}

TEST(SourceText, FindsTheFirstByteThatNoPolicyMayHold) {
    const auto fault = [](std::string text) {
        const auto found = SourceText("p", std::move(text)).unusable_byte();
        return found ? std::to_string(found->line) + ":" + std::to_string(found->column) + " " +
                           found->why
                     : "none";
    };
    EXPECT_EQ(fault("a = '\u00FC \u20AC \U0001F600'\n"), "none");
    EXPECT_EQ(fault(std::string("a\n\0", 3)), "2:1 a NUL byte");
    EXPECT_EQ(fault("\u00FC\x80"), "1:2 byte 0x80 is not valid UTF-8");
    EXPECT_EQ(fault("\xC0\xAF"), "1:1 byte 0xC0 is not valid UTF-8");          // overlong
    EXPECT_EQ(fault("ab\xED\xA0\x80"), "1:3 byte 0xED is not valid UTF-8");    // a surrogate
    EXPECT_EQ(fault("\xF4\x90\x80\x80"), "1:1 byte 0xF4 is not valid UTF-8");  // above U+10FFFF
    EXPECT_EQ(fault("a\xE2\x82"), "1:2 byte 0xE2 is not valid UTF-8");         // cut
}

}  // namespace
}  // namespace relaypermit

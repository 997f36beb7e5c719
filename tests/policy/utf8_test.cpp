#include "policy/utf8.h"

#include <gtest/gtest.h>

using namespace std::string_view_literals;

namespace relaypermit {

TEST(Utf8, TakesTextOfEveryLength) {
    for (const auto text : {""sv, "plain"sv, "J\u00f6hn"sv, "\u65e5\u672c"sv, "\U0001F4A9"sv,
                            "\xF4\x8F\xBF\xBF"sv, "\xEE\x80\x80"sv, "\xED\x9F\xBF"sv}) {
        EXPECT_EQ(text_fault(text), "") << text;
    }
}

TEST(Utf8, NamesNulAndControlCharacters) {
    EXPECT_EQ(text_fault("a\0b"sv), "NUL");
    for (const auto text : {"\t"sv, "a\nb"sv, "\r"sv, "\x1F"sv, "\x7F"sv, "\u0080"sv, "\u0085"sv,
                            "\u009f"sv, "\u2028"sv, "\u2029"sv}) {
        EXPECT_EQ(text_fault(text), "a control character");
    }
}

TEST(Utf8, RefusesWhatDecodersReadDifferently) {
    for (const auto text : {"\x80"sv, "\xC3"sv, "\xC3("sv, "\xC0\x80"sv, "\xC1\xBF"sv,
                            "\xE0\x80\x80"sv, "\xE2\x82"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv,
                            "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv, "J\xF6hn"sv}) {
        EXPECT_EQ(text_fault(text), "invalid UTF-8") << text;
    }
}

TEST(Utf8, FindsWhatCannotBeSeen) {
    for (const auto text : {"a\u00a0"sv, "\u00adb"sv, "a\u200bb"sv, "\u202e"sv, "\u2066"sv,
                            "\u3000"sv, "\ufeff"sv, "\ufe0f"sv, "\U000e0041"sv}) {
        EXPECT_TRUE(has_invisible(text)) << text;
    }
    for (const auto text : {""sv, "a b"sv, "J\u00f6rg"sv, "\u5c71\u7530"sv, "\U0001F4A9"sv})
        EXPECT_FALSE(has_invisible(text)) << text;
}

}  // namespace relaypermit

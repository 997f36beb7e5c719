// Diagnostics: their form, their order, and what a mistyped word was meant to be.
#include "config/diagnostic.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace relaypermit {
namespace {

TEST(Diagnostic, HasItsPlaceFirstAndItsHelpInParentheses) {
    EXPECT_EQ(
        to_string(Diagnostic{Severity::error, {"a.toml", 12, 9}, "unknown key `x`", "remove it"}),
        "a.toml:12:9: error: unknown key `x` (remove it)");
    EXPECT_EQ(to_string(Diagnostic{Severity::warning, {"a.toml", 0, 0}, "is empty", ""}),
              "a.toml: warning: is empty");
}

TEST(Diagnostic, QuotesWhatWasWrittenWithoutBreakingACharacter) {
    EXPECT_EQ(in_backticks("x"), "`x`");
    EXPECT_EQ(in_backticks(""), "an empty string");
    EXPECT_EQ(in_backticks(std::string(80, 'x')), "`" + std::string(80, 'x') + "`");
    EXPECT_EQ(in_backticks(std::string(79, 'x') + "\u20AC"), "`" + std::string(79, 'x') + "...`");
    EXPECT_EQ(in_one_line("a\nb\x7F\t\u00FC"), "a\\x0Ab\\x7F\\x09\u00FC");
}

TEST(Diagnostic, SortsByFileInTheOrderOfReadingThenByPlace) {
    const auto at = [](std::string file, std::uint32_t line, std::uint32_t column) {
        return Diagnostic{Severity::error, {std::move(file), line, column}, "x", ""};
    };
    std::vector<Diagnostic> diagnostics = {at("b", 1, 2), at("a", 10, 1), at("z", 1, 1),
                                           at("a", 9, 3), at("b", 1, 1)};
    sort_by_place(diagnostics, {"z", "b", "a"});
    EXPECT_EQ(diagnostics, (std::vector<Diagnostic>{at("z", 1, 1), at("b", 1, 1), at("b", 1, 2),
                                                    at("a", 9, 3), at("a", 10, 1)}));
}

TEST(DidYouMean, KnowsWhatFingersDo) {
    const std::vector<std::string_view> words = {"logins", "clients", "senders", "networks", "id"};
    EXPECT_EQ(did_you_mean("lgoins", words), "logins");      // two letters swapped
    EXPECT_EQ(did_you_mean("login", words), "logins");       // one left out
    EXPECT_EQ(did_you_mean("seenders", words), "senders");   // one too many
    EXPECT_EQ(did_you_mean("metworks", words), "networks");  // one beside the other
    EXPECT_EQ(did_you_mean("Networks", words), "networks");
}

TEST(DidYouMean, DoesNotGuessWildly) {
    const std::vector<std::string_view> words = {"logins", "clients", "senders", "networks", "id"};
    EXPECT_EQ(did_you_mean("subject", words), "");
    EXPECT_EQ(did_you_mean("x", words), "");
    EXPECT_EQ(did_you_mean("", words), "");
    EXPECT_EQ(did_you_mean(std::string(1000, 'l'), words), "");
    EXPECT_EQ(did_you_mean("logins", {}), "");
}

}  // namespace
}  // namespace relaypermit

#include "tool/wiring/pattern_table.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TablePattern only(const std::string& line, PatternSyntax syntax) {
    const PatternLines read = read_pattern_table(line + " x@a.test\n", "p", syntax);
    EXPECT_EQ(read.lines.size(), 1U) << line;
    return read.lines.empty() ? TablePattern() : read.lines.front().pattern;
}
std::string regexp(const std::string& line) {
    return only(line, PatternSyntax::regexp).regex;
}
std::string pcre(const std::string& line) {
    return only(line, PatternSyntax::pcre).regex;
}
std::string why_not(const std::string& line, PatternSyntax syntax = PatternSyntax::pcre) {
    const TablePattern pattern = only(line, syntax);
    EXPECT_TRUE(pattern.regex.empty()) << line << " became " << pattern.regex;
    return pattern.refusal;
}

TEST(PatternTable, IsAboutTheWholeAddress) {
    EXPECT_EQ(regexp(R"(/^ann@a\.test$/)"), R"(^ann@a\.test$)");
    EXPECT_EQ(regexp(R"(/ann/)"), R"(^.*ann.*$)");
    EXPECT_EQ(regexp(R"(/@a\.test$/)"), R"(^.*@a\.test$)");
    EXPECT_EQ(regexp(R"(/a|^b$/)"), R"(^.*(?:a|^b$).*$)");
    EXPECT_EQ(regexp(R"(/^(a|b)$/)"), R"(^(a|b)$)");
    EXPECT_EQ(regexp(R"(/a\$/)"), R"(^.*a\$.*$)");
}

TEST(PatternTable, TakesAnyDelimiterAndFlagsThatChangeNothing) {
    EXPECT_EQ(regexp(R"(,^x/y$,m)"), R"(^x/y$)");
    EXPECT_EQ(pcre(R"(/^a@/s)"), R"(^a@.*$)");
    EXPECT_EQ(pcre(R"(/a@/A)"), R"(^(?:a@).*$)");
    EXPECT_TRUE(only(R"(!/^a@/)", PatternSyntax::pcre).negated);
}

TEST(PatternTable, ReadsABackslashInBracketsAsEachSyntaxDoes) {
    EXPECT_EQ(regexp(R"(/^[\.]$/)"), R"(^[\\.]$)");
    EXPECT_EQ(pcre(R"(/^[\.]$/)"), R"(^[\.]$)");
    EXPECT_EQ(regexp(R"(/^[]a]$/)"), R"(^[\]a]$)");
    EXPECT_EQ(pcre(R"(/^[[:alpha:]_]+$/)"), R"(^[[:alpha:]_]+$)");
}

TEST(PatternTable, NamesWhatReTwoCannotDo) {
    EXPECT_EQ(why_not(R"(/^(?!a)b/)"), "RE2 has no look-around such as `(?!`");
    EXPECT_EQ(why_not(R"(/b(?<=a)/)"), "RE2 has no look-around such as `(?<=`");
    EXPECT_EQ(why_not(R"(/^(.*)@\1$/)"), "RE2 has no back references such as `\\1`");
    EXPECT_EQ(why_not(R"(/^a++@/)"), "RE2 has no possessive repeats such as `++`");
    EXPECT_EQ(why_not(R"(/^(?>a+)@/)"), "RE2 has no atomic groups such as `(?>`");
    for (const char* line :
         {R"(/^(?|a|b)/)", R"(/^(?#a)/)", R"(/(?R)/)", R"(/(?(1)a)/)", R"(/(?x)a b/)",
          R"(/(?-i)a/)", R"(/\h/)", R"(/\R/)", R"(/a\Kb/)", R"(/a\Z/)", R"(/\Ga/)", R"(/\v/)",
          R"(/a{,3}/)", R"(/[[.a.]]/)", R"(/[[=a=]]/)", R"(/[[:<:]]a/)", R"(/a b/x)",
          R"(/a{2000}/)", "/b\xC3\xBC/"})
        EXPECT_NE(why_not(line), "") << line;
    for (const char* line :
         {R"(/\<a\>/)", R"(/\d/)", R"(/\n/)", R"(/(?:a)/)", R"(/a/x)", R"(/a/i)"})
        EXPECT_NE(why_not(line, PatternSyntax::regexp), "") << line;
}

TEST(PatternTable, KnowsAtLeastWhatALookAroundIsWithin) {
    EXPECT_EQ(only(R"(/^(?!no)a@b$/)", PatternSyntax::pcre).wider, "^a@b$");
    EXPECT_EQ(only(R"(/^(.*)@\1$/)", PatternSyntax::pcre).wider, "^(.*)@.*$");
    EXPECT_EQ(only(R"(!/^(?!no)a@b$/)", PatternSyntax::pcre).wider, "");
    EXPECT_EQ(only(R"(/^a\hb$/)", PatternSyntax::pcre).wider, "");
}

TEST(PatternTable, KnowsTheIfsAroundALine) {
    const PatternLines read = read_pattern_table(
        "if /@a$/\n/b/ x\nif !/c/\n/d/\n  y\nendif\nendif\n/e/ z\nnonsense\n/f/\n", "p",
        PatternSyntax::regexp);
    ASSERT_EQ(read.lines.size(), 3U);
    EXPECT_EQ(read.lines[0].conditions.size(), 1U);
    EXPECT_EQ(read.lines[1].conditions.size(), 2U);
    EXPECT_TRUE(read.lines[1].conditions[1].negated);
    EXPECT_EQ(read.lines[1].result, "y");
    EXPECT_EQ(to_string(read.lines[1].origin), "p:4");
    EXPECT_TRUE(read.lines[2].conditions.empty());
    EXPECT_EQ(read.mistakes.size(), 2U);
}

TEST(PatternTable, FillsInGroups) {
    const std::vector<std::string> groups = {"one", "two"};
    EXPECT_EQ(fill_result("$1@${2} $(1)$$1", groups), "one@two one$1");
    EXPECT_EQ(fill_result("$3", groups), std::nullopt);
    EXPECT_TRUE(has_groups("a $1"));
    EXPECT_FALSE(has_groups("a $$1"));
}

}  // namespace
}  // namespace relaypermit

#include "tables/row_cache.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;

RowCache::TimePoint at(std::chrono::milliseconds since) {
    return RowCache::TimePoint(since);
}

std::shared_ptr<const TableRow> row(bool has_values = true) {
    auto made = std::make_shared<TableRow>();
    made->has_values = has_values;
    return made;
}

TEST(RowCache, KeepsARowWithoutValuesForATimeOfItsOwn) {
    RowCache cache(100'000, {30, 10, 0});
    cache.keep("full", row(), at(0s));
    cache.keep("empty", row(false), at(0s));
    EXPECT_TRUE(cache.find("empty", at(9'999ms)).row);
    EXPECT_FALSE(cache.find("empty", at(10s)).row);
    EXPECT_TRUE(cache.find("full", at(29'999ms)).row);
    EXPECT_FALSE(cache.find("full", at(30s)).row);
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_EQ(cache.bytes(), 0U);
}

TEST(RowCache, KeepsNothingWhereItIsOff) {
    RowCache cache(100'000, {0, 10, 0});
    cache.keep("full", row(), at(0s));
    EXPECT_EQ(cache.size(), 0U);
    RowCache other(100'000, {30, 0, 0});
    other.keep("empty", row(false), at(0s));
    EXPECT_EQ(other.size(), 0U);
}

TEST(RowCache, SaysForHowLongARowIsStaleAndDropsItThen) {
    RowCache cache(100'000, {30, 10, 60});
    cache.keep("k", row(), at(0s));
    EXPECT_EQ(cache.find("k", at(29'999ms)).over, 0s);
    EXPECT_EQ(cache.find("k", at(30s)).over, 1s);
    EXPECT_EQ(cache.find("k", at(41'500ms)).over, 12s);
    EXPECT_EQ(cache.find("k", at(89'999ms)).over, 60s);
    EXPECT_FALSE(cache.find("k", at(90s)).row);
}

TEST(RowCache, ReplacesWhatItHad) {
    RowCache cache(100'000, {30, 10, 0});
    cache.keep("k", row(), at(0s));
    const std::size_t bytes = cache.bytes();
    const auto second = row(false);
    cache.keep("k", second, at(5s));
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(cache.bytes(), bytes);
    EXPECT_EQ(cache.find("k", at(6s)).row, second);
}

TEST(RowCache, LetsTheOneGoThatNobodyHasAskedForTheLongest) {
    RowCache one(100'000, {30, 10, 0});
    one.keep("0", row(), at(0s));
    RowCache cache(3 * one.bytes(), {30, 10, 0});
    for (const std::string key : {"0", "1", "2"}) cache.keep(key, row(), at(0s));
    EXPECT_TRUE(cache.find("0", at(1s)).row);
    cache.keep("3", row(), at(1s));
    EXPECT_EQ(cache.size(), 3U);
    EXPECT_TRUE(cache.find("0", at(1s)).row);
    EXPECT_FALSE(cache.find("1", at(1s)).row);
    EXPECT_TRUE(cache.find("3", at(1s)).row);
}

TEST(RowCache, NeverHoldsMoreThanItsBound) {
    constexpr std::size_t bound = 20'000;
    RowCache cache(bound, {30, 10, 0});
    for (int n = 0; n < 1'000; ++n) {
        auto made = std::make_shared<TableRow>();
        made->has_values = true;
        for (int m = 0; m < n % 50; ++m)
            made->patterns.push_back(*Pattern::parse("sender" + std::to_string(m) + "@example.com",
                                                     PatternRole::sender));
        cache.keep("key" + std::to_string(n), made, at(0s));
        ASSERT_LE(cache.bytes(), bound);
    }
    EXPECT_GT(cache.size(), 1U);
    auto huge = std::make_shared<TableRow>();
    huge->why = std::string(bound, 'x');
    const std::size_t before = cache.size();
    cache.keep("huge", huge, at(0s));
    EXPECT_EQ(cache.size(), before);
}

}  // namespace
}  // namespace relaypermit::testing

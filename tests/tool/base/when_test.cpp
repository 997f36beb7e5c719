#include "tool/base/when.h"

#include <gtest/gtest.h>

#include "tests/support/time_zone.h"

namespace relaypermit {
namespace {

TimePoint utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
              int second = 0) {
    return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                                 std::chrono::day{day}} +
           std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

// A Wednesday, 11:30:00 in Berlin.
const TimePoint now = utc(2026, 6, 3, 9, 30);

TEST(When, ReadsATimeAgo) {
    EXPECT_EQ(*parse_when("90s", now), now - std::chrono::seconds{90});
    EXPECT_EQ(*parse_when("30m", now), now - std::chrono::minutes{30});
    EXPECT_EQ(*parse_when("2h", now), now - std::chrono::hours{2});
    EXPECT_EQ(*parse_when("7d", now), now - std::chrono::hours{168});
    EXPECT_EQ(*parse_when("2w", now), now - std::chrono::hours{336});
}

TEST(When, ReadsDaysAndClocksInTheLocalZone) {
    const TimeZone zone{"Europe/Berlin"};
    EXPECT_EQ(*parse_when("2026-06-01", now), utc(2026, 5, 31, 22));
    EXPECT_EQ(*parse_when("2026-01-01 14:30", now), utc(2026, 1, 1, 13, 30));
    EXPECT_EQ(*parse_when("2026-06-01T14:30:05", now), utc(2026, 6, 1, 12, 30, 5));
    EXPECT_EQ(*parse_when("10:15", now), utc(2026, 6, 3, 8, 15));
    EXPECT_EQ(*parse_when("today", now), utc(2026, 6, 2, 22));
    EXPECT_EQ(*parse_when("yesterday", now), utc(2026, 6, 1, 22));
}

TEST(When, FindsYesterdayAcrossAnHourThatWasSkipped) {
    const TimeZone zone{"Europe/Berlin"};
    // 29 March 2026 had 23 hours.
    EXPECT_EQ(*parse_when("yesterday", utc(2026, 3, 29, 22, 30)), utc(2026, 3, 28, 23));
}

TEST(When, ReadsAZoneOfItsOwn) {
    const TimeZone zone{"Europe/Berlin"};
    EXPECT_EQ(*parse_when("2026-06-01T14:30:05Z", now), utc(2026, 6, 1, 14, 30, 5));
    EXPECT_EQ(*parse_when("2026-06-01T14:30:05+05:30", now), utc(2026, 6, 1, 9, 0, 5));
    EXPECT_EQ(*parse_when("2026-06-01T00:30:00-0200", now), utc(2026, 6, 1, 2, 30));
}

TEST(When, SaysWhatItTakes) {
    for (const char* text :
         {"", "7", "d", "7x", "-7d", "2026-13-01", "2026-02-30", "2026-06-01x", "25:00", "12:60",
          "2026-06-01 14", "2026-06-01T14:30+1", "99999999999999999999d", "12:00Z"}) {
        const auto when = parse_when(text, now);
        ASSERT_FALSE(when) << text;
        EXPECT_NE(when.error().find("is not a time"), std::string::npos);
    }
}

TEST(When, PrintsTheLocalTimeAndRfc3339) {
    const TimeZone zone{"Europe/Berlin"};
    EXPECT_EQ(date_and_time(now), "2026-06-03 11:30:00");
    EXPECT_EQ(clock_time(now), "11:30:00");
    EXPECT_EQ(date_of(now), "2026-06-03");
    EXPECT_EQ(day_name(now), "Wed 3 June 2026");
    EXPECT_EQ(rfc3339(now), "2026-06-03T09:30:00Z");
}

}  // namespace
}  // namespace relaypermit

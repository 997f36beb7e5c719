// Points in time as people write and read them, in the local time zone (TZ). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/facts.h"

namespace relaypermit {

// What --since and --until take: a time ago ("90s", "30m", "2h", "7d", "2w"), a day
// ("2026-06-01", "today", "yesterday": its beginning), a time of today ("14:30"), or both
// ("2026-06-01 14:30", "2026-06-01T14:30:05", with "Z" or "+02:00" in that zone). The error is a
// part of a sentence.
[[nodiscard]] tl::expected<TimePoint, std::string> parse_when(std::string_view text, TimePoint now);

// The time on the clock of the local zone.
struct LocalTime {
    int year{};
    int month{};  // 1 to 12
    int day{};
    int hour{};
    int minute{};
    int second{};
    int weekday{};  // 0: Sunday
};
[[nodiscard]] LocalTime local_time(TimePoint time);
// The inverse; an hour that the clock skips or repeats is taken as the C library does. A day that
// the month does not have is the one that many days later: see is_date().
[[nodiscard]] TimePoint from_local(const LocalTime& local);
[[nodiscard]] bool is_date(int year, int month, int day);

[[nodiscard]] std::string clock_time(TimePoint time);     // "14:30:05"
[[nodiscard]] std::string date_and_time(TimePoint time);  // "2026-06-01 14:30:05"
[[nodiscard]] std::string date_of(TimePoint time);        // "2026-06-01"
[[nodiscard]] std::string day_name(TimePoint time);       // "Mon 1 June 2026"
[[nodiscard]] std::string rfc3339(TimePoint time);        // "2026-06-01T12:30:05Z"

}  // namespace relaypermit

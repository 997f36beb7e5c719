// Dates, times of the day and zones as logs and people write them in digits, taken off the front of
// a text. Where one is not there the text may be shorter all the same: try on a copy. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/facts.h"
#include "tool/base/when.h"

namespace relaypermit {

[[nodiscard]] bool take(std::string_view& text, char c);
// "2026-06-01", a day that there is.
[[nodiscard]] bool take_date(std::string_view& text, LocalTime& into);
enum class Seconds : std::uint8_t { optional, required };
// "14:30" or "14:30:05", up to 23:59:60.
[[nodiscard]] bool take_clock(std::string_view& text, LocalTime& into, Seconds seconds);
// "Z", "+02:00", "-0500": seconds east of UTC.
[[nodiscard]] std::optional<int> take_zone(std::string_view& text);

// The point in time at which a clock of UTC, so many seconds east of it, shows this.
[[nodiscard]] TimePoint at_utc(const LocalTime& at, int east_s = 0);

}  // namespace relaypermit

#include "tool/base/when.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>

#include "tool/base/time_fields.h"

namespace relaypermit {
namespace {

std::string two(int number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string four(int number) {
    std::string text = std::to_string(number);
    text.insert(0, text.size() < 4 ? 4 - text.size() : 0, '0');
    return text;
}

std::optional<std::chrono::seconds> parse_ago(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > 1000000 ||
        end != text.data() + text.size() - 1) {
        return std::nullopt;
    }
    switch (*end) {
        case 's':
            return std::chrono::seconds{number};
        case 'm':
            return std::chrono::minutes{number};
        case 'h':
            return std::chrono::hours{number};
        case 'd':
            return std::chrono::hours{24 * number};
        case 'w':
            return std::chrono::hours{24 * 7 * number};
        default:
            return std::nullopt;
    }
}

}  // namespace

bool is_date(int year, int month, int day) {
    return month > 0 && day > 0 &&
           std::chrono::year_month_day{std::chrono::year{year},
                                       std::chrono::month{static_cast<unsigned>(month)},
                                       std::chrono::day{static_cast<unsigned>(day)}}
               .ok();
}

tl::expected<TimePoint, std::string> parse_when(std::string_view text, TimePoint now) {
    if (const auto ago = parse_ago(text)) return now - *ago;
    LocalTime at = local_time(now);
    at.hour = at.minute = at.second = 0;
    if (text == "today") return from_local(at);
    if (text == "yesterday") {
        // Noon, less a day: a day may have 23 hours.
        at.hour = 12;
        LocalTime before = local_time(from_local(at) - std::chrono::hours{24});
        before.hour = before.minute = before.second = 0;
        return from_local(before);
    }
    std::string_view rest = text;
    const bool has_date = take_date(rest, at);
    if (!has_date) rest = text;
    bool understood = has_date && rest.empty();
    if (!understood && (!has_date || take(rest, 'T') || take(rest, ' '))) {
        understood = take_clock(rest, at, Seconds::optional);
        if (understood && has_date && !rest.empty()) {
            const auto zone = take_zone(rest);
            if (zone && rest.empty()) return at_utc(at, *zone);
        }
    }
    if (!understood || !rest.empty()) {
        return tl::unexpected("`" + std::string(text) +
                              "` is not a time (write 2h, 7d, 2026-06-01, \"2026-06-01 14:30\")");
    }
    return from_local(at);
}

LocalTime local_time(TimePoint time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
            parts.tm_min,         parts.tm_sec,     parts.tm_wday};
}

TimePoint from_local(const LocalTime& local) {
    std::tm parts{};
    parts.tm_year = local.year - 1900;
    parts.tm_mon = local.month - 1;
    parts.tm_mday = local.day;
    parts.tm_hour = local.hour;
    parts.tm_min = local.minute;
    parts.tm_sec = local.second;
    parts.tm_isdst = -1;
    return TimePoint{std::chrono::seconds{std::mktime(&parts)}};
}

std::string clock_time(TimePoint time) {
    const LocalTime at = local_time(time);
    return two(at.hour) + ":" + two(at.minute) + ":" + two(at.second);
}

std::string date_of(TimePoint time) {
    const LocalTime at = local_time(time);
    return four(at.year) + "-" + two(at.month) + "-" + two(at.day);
}

std::string date_and_time(TimePoint time) {
    return date_of(time) + " " + clock_time(time);
}

std::string day_name(TimePoint time) {
    static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    const LocalTime at = local_time(time);
    return std::string(days.at(static_cast<std::size_t>(at.weekday))) + " " +
           std::to_string(at.day) + " " + months.at(static_cast<std::size_t>(at.month - 1)) + " " +
           std::to_string(at.year);
}

std::string rfc3339(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return four(static_cast<int>(date.year())) + "-" +
           two(static_cast<int>(static_cast<unsigned>(date.month()))) + "-" +
           two(static_cast<int>(static_cast<unsigned>(date.day()))) + "T" +
           two(static_cast<int>(clock.hours().count())) + ":" +
           two(static_cast<int>(clock.minutes().count())) + ":" +
           two(static_cast<int>(clock.seconds().count())) + "Z";
}

}  // namespace relaypermit

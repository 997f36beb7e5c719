#include "tool/base/time_fields.h"

#include <chrono>

namespace relaypermit {
namespace {

// Takes a number of exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    int number = 0;
    if (text.size() < digits) return std::nullopt;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

}  // namespace

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

bool take_date(std::string_view& text, LocalTime& into) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return false;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return false;
    const auto day = take_number(text, 2);
    if (!day || !is_date(*year, *month, *day)) return false;
    into.year = *year;
    into.month = *month;
    into.day = *day;
    return true;
}

bool take_clock(std::string_view& text, LocalTime& into, Seconds seconds) {
    const auto hour = take_number(text, 2);
    if (!hour || !take(text, ':')) return false;
    const auto minute = take_number(text, 2);
    if (!minute || *hour > 23 || *minute > 59) return false;
    into.hour = *hour;
    into.minute = *minute;
    if (take(text, ':')) {
        const auto second = take_number(text, 2);
        if (!second || *second > 60) return false;
        into.second = *second;
        return true;
    }
    return seconds == Seconds::optional;
}

std::optional<int> take_zone(std::string_view& text) {
    if (take(text, 'Z')) return 0;
    const bool east = !text.empty() && text.front() == '+';
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    text.remove_prefix(1);
    const auto hours = take_number(text, 2);
    static_cast<void>(take(text, ':'));
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const int offset = *hours * 3600 + *minutes * 60;
    return east ? offset : -offset;
}

TimePoint at_utc(const LocalTime& at, int east_s) {
    using namespace std::chrono;
    return sys_days{year{at.year} / at.month / at.day} + hours{at.hour} + minutes{at.minute} +
           seconds{at.second} - seconds{east_s};
}

}  // namespace relaypermit

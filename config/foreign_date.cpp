#include "config/foreign_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <vector>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

// Numbers and words; what separates them is taken for granted.
std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t i = 0; i < text.size();) {
        bool (*const same)(char) = is_ascii_digit(text[i]) ? is_ascii_digit : is_ascii_letter;
        std::size_t end = i;
        while (end < text.size() && same(text[end])) ++end;
        if (end > i) parts.push_back(text.substr(i, end - i));
        i = std::max(end, i + 1);
    }
    return parts;
}

std::optional<unsigned> number(std::string_view part) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    return value;
}

// January is 1; 0 where the word is no month in English.
unsigned month_of(std::string_view word) {
    constexpr std::array<std::string_view, 12> names = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    constexpr std::size_t least = 3;
    const std::string lower = ascii_lower(word);
    for (unsigned i = 0; i < names.size(); ++i)
        if (lower.size() >= least && names[i].starts_with(lower)) return i + 1;
    return 0;
}

struct Day {
    unsigned year{};
    unsigned month{};
    unsigned day{};

    [[nodiscard]] bool may_be() const {
        constexpr unsigned months = 12;
        constexpr unsigned days = 31;
        constexpr unsigned least_year = 1970;
        constexpr unsigned most_year = 9999;
        return year >= least_year && year <= most_year && month >= 1 && month <= months &&
               day >= 1 && day <= days;
    }
    [[nodiscard]] unsigned last_of_month() const {
        const std::chrono::year_month_day_last last{
            std::chrono::year{static_cast<int>(year)},
            std::chrono::month_day_last{std::chrono::month{month}}};
        return static_cast<unsigned>(last.day());
    }
};

std::string text_of(Day day) {
    day.day = std::min(day.day, day.last_of_month());
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04u-%02u-%02u", day.year, day.month, day.day);
    return text.data();
}

constexpr std::size_t year_digits = 4;
constexpr unsigned century = 2000;

// 26-12-31 and 31-12-26: years of two digits may stand at either end. Years that were over
// before anybody wrote a policy are left out.
std::vector<Day> days_of_short_years(unsigned a, unsigned b, unsigned c, bool with_dots) {
    constexpr unsigned least_year = 20;
    std::vector<Day> days;
    const auto add = [&](unsigned year, unsigned month, unsigned day) {
        const Day one{century + year, month, day};
        const bool is_new = std::none_of(days.begin(), days.end(), [&](const Day& other) {
            return text_of(other) == text_of(one);
        });
        if (year >= least_year && one.may_be() && day <= one.last_of_month() && is_new)
            days.push_back(one);
    };
    add(c, b, a);
    if (with_dots && !days.empty()) return days;  // with dots the day is first everywhere
    add(a, b, c);
    add(c, a, b);
    return days;
}

// Of a day, a month and a short year.
constexpr std::size_t two_digits = 2;

// What the first parts may say, the likeliest first.
std::vector<Day> days_of(const std::vector<std::string_view>& parts, bool with_dots) {
    std::vector<Day> days;
    const auto add = [&](std::optional<unsigned> year, unsigned month,
                         std::optional<unsigned> day) {
        const Day one{year.value_or(0), month, day.value_or(0)};
        if (one.may_be()) days.push_back(one);
    };
    const auto piece = [&](std::size_t at, std::size_t size = two_digits) {
        return number(parts[0].substr(at, size)).value_or(0);
    };
    if (parts.size() == 1 && parts[0].size() == 8 && is_ascii_digit(parts[0][0]))  // 20261231
        add(piece(0, year_digits), piece(4), piece(6));
    if (parts.size() == 1 && parts[0].size() == 6 && is_ascii_digit(parts[0][0]))  // 261231
        return days_of_short_years(piece(0), piece(2), piece(4), false);
    if (parts.size() < 3) return days;
    const auto a = number(parts[0]);
    const auto b = number(parts[1]);
    auto c = number(parts[2]);
    if ((!a || !b) && c && parts[2].size() == two_digits) c = *c + century;
    if (!a && month_of(parts[0]) != 0) add(c, month_of(parts[0]), b);  // Dec 31, 2026
    if (!b && month_of(parts[1]) != 0) add(c, month_of(parts[1]), a);  // 31 Dec 2026
    if (!a || !b || !c) return days;
    if (parts[0].size() == year_digits) {
        add(a, *b, c);
        if (days.empty()) add(a, *c, b);
        return days;
    }
    if (parts[0].size() <= two_digits && parts[2].size() == two_digits)
        return days_of_short_years(*a, *b, *c, with_dots);
    add(c, *b, a);
    if (!with_dots && *a != *b) add(c, *a, b);  // with dots the day is first everywhere
    return days;
}

// "T18:00:00Z" of what is behind the date; nullopt where that is no time of day.
std::optional<std::string> time_of(const std::vector<std::string_view>& parts) {
    constexpr std::array<unsigned, 3> limits = {24, 60, 60};
    std::array<unsigned, 3> values{};
    std::size_t count = 0;
    for (const std::string_view part : parts) {
        if (ascii_lower(part) == "t") continue;
        const auto value = number(part);
        if (!value || count == values.size() || *value >= limits[count]) break;
        values[count++] = *value;
    }
    if (count < 2) return std::nullopt;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "T%02u:%02u:%02uZ", values[0], values[1], values[2]);
    return text.data();
}

// "+01:00" of "31.12.2026 18:00 +0100"; empty where none ends a time of day.
std::string offset_of(std::string_view written) {
    const std::size_t sign = written.find_last_of("+-");
    if (sign == std::string_view::npos ||
        written.substr(0, sign).find(':') == std::string_view::npos)
        return {};
    std::string digits(written.substr(sign + 1));
    std::erase(digits, ':');
    constexpr std::size_t hours_and_minutes = 4;
    if (digits.size() != hours_and_minutes || !number(digits)) return {};
    return written[sign] + digits.substr(0, 2) + ":" + digits.substr(2);
}

// 2027-01-01T18:00:00Z, or with an offset: what needs nothing more.
bool is_moment(std::string_view written) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (written.size() <= form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == '0' ? !is_ascii_digit(written[i])
                           : written[i] != form[i] && !(i == 10 && written[i] == ' '))
            return false;
    const char last = written.back();
    return last == 'Z' || last == 'z' ||
           written.find_first_of("+-", form.size()) != std::string_view::npos;
}

}  // namespace

std::optional<ForeignDate> foreign_date(std::string_view written) {
    constexpr std::size_t most_bytes = 40;
    if (written.size() > most_bytes) return std::nullopt;
    const std::string offset = offset_of(written);
    const auto parts =
        parts_of(offset.empty() ? written : written.substr(0, written.find_last_of("+-")));
    const auto days = days_of(parts, written.find('.') != std::string_view::npos);
    if (days.empty()) return std::nullopt;
    const Day& day = days.front();
    const std::string right = text_of(day);
    const std::string name = "`" + std::string(written) + "` is no date: ";
    const std::vector<std::string_view> behind(
        parts.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, parts.size())),
        parts.end());
    std::string time = time_of(behind).value_or(std::string());
    if (!time.empty() && !offset.empty()) time.replace(time.size() - 1, 1, offset);
    if (written.starts_with(right)) {
        if (written.size() == right.size() || time.empty()) return std::nullopt;
        if (is_moment(written)) return std::nullopt;
        return ForeignDate{name + "a time has seconds, and Z for UTC", "write " + right + time};
    }
    if (day.day > day.last_of_month())
        return ForeignDate{name + "that month has " + std::to_string(day.last_of_month()) + " days",
                           "write " + right + time};
    std::string help = "write " + right + time;
    if (days.size() == 2) help += " or " + text_of(days[1]) + time;
    // Neither is likelier, so the words that are easily taken over are none of them.
    if (days.size() > 2) help = "it may be any of several: write the year first, as in 2027-01-31";
    return ForeignDate{name + "a date is year-month-day", help};
}

}  // namespace relaypermit

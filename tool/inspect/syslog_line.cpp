#include "tool/inspect/syslog_line.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "policy/ascii.h"
#include "tool/base/time_fields.h"

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays = {"Mon", "Tue", "Wed", "Thu",
                                                      "Fri", "Sat", "Sun"};

bool char_at(std::string_view text, std::size_t at, char c) {
    return at < text.size() && text[at] == c;
}

// "10:11:12" at the front, with a fraction of the second; taken off.
bool take_time_of_day(std::string_view& rest, LocalTime& into) {
    if (!take_clock(rest, into, Seconds::required)) return false;
    if (take(rest, '.') || take(rest, ','))
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
    return true;
}

std::string_view take_word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return word;
}

// "postfix/smtpd[812]:" -> "postfix/smtpd"; empty where the word is no tag.
std::string_view program_of(std::string_view word) {
    if (word.empty() || word.back() != ':') return {};
    word.remove_suffix(1);
    if (!word.empty() && word.back() == ']') {
        const std::size_t open = word.rfind('[');
        if (open == std::string_view::npos ||
            !std::all_of(word.begin() + static_cast<std::ptrdiff_t>(open) + 1, word.end() - 1,
                         is_ascii_digit)) {
            return {};
        }
        word = word.substr(0, open);
    }
    return word.find_first_of("[]:") == std::string_view::npos ? word : std::string_view{};
}

// "-" or [id name="value" ...]..., RFC 5424 6.3; taken off with the blank behind it.
bool take_structured_data(std::string_view& rest) {
    if (char_at(rest, 0, '-')) {
        rest.remove_prefix(1);
    } else {
        if (!char_at(rest, 0, '[')) return false;
        bool quoted = false;
        std::size_t i = 0;
        for (; i < rest.size(); ++i)
            if (quoted && rest[i] == '\\')
                ++i;
            else if (rest[i] == '"')
                quoted = !quoted;
            else if (!quoted && rest[i] == ']' && !char_at(rest, i + 1, '['))
                break;
        rest.remove_prefix(std::min(rest.size(), i + 1));
    }
    if (!rest.empty() && rest.front() != ' ') return false;
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));
    if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
    return true;
}

std::optional<TimePoint> take_unix(std::string_view& rest) {
    const std::size_t point = rest.find('.');
    std::int64_t seconds = 0;
    // Eleven digits: up to the year 5138.
    if (point == std::string_view::npos || point == 0 || point > 11 ||
        !std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(point),
                     is_ascii_digit)) {
        return std::nullopt;
    }
    for (const char digit : rest.substr(0, point)) seconds = seconds * 10 + (digit - '0');
    rest.remove_prefix(point + 1);
    const std::string_view fraction = take_word(rest);
    if (fraction.empty() || !std::all_of(fraction.begin(), fraction.end(), is_ascii_digit))
        return std::nullopt;
    return TimePoint{std::chrono::seconds{seconds}};
}

}  // namespace

TimePoint SyslogReader::local(const LocalTime& at) {
    const bool same_hour = at.year == cached_hour_.year && at.month == cached_hour_.month &&
                           at.day == cached_hour_.day && at.hour == cached_hour_.hour;
    if (!same_hour) {
        cached_hour_ = {at.year, at.month, at.day, at.hour, 0, 0, 0};
        cached_ = from_local(cached_hour_);
    }
    return cached_ + std::chrono::minutes{at.minute} + std::chrono::seconds{at.second};
}

std::optional<TimePoint> SyslogReader::take_traditional(std::string_view& rest) {
    if (rest.size() < 16 || rest[3] != ' ' || rest[6] != ' ') return std::nullopt;
    const auto month = std::find(months.begin(), months.end(), rest.substr(0, 3));
    LocalTime at;
    at.month = static_cast<int>(month - months.begin()) + 1;
    // " 3" or "03".
    if (month == months.end() || !(is_ascii_digit(rest[4]) || rest[4] == ' ') ||
        !is_ascii_digit(rest[5]))
        return std::nullopt;
    at.day = 10 * (rest[4] == ' ' ? 0 : rest[4] - '0') + (rest[5] - '0');
    rest.remove_prefix(7);
    if (!take_time_of_day(rest, at) || !char_at(rest, 0, ' ')) return std::nullopt;
    rest.remove_prefix(1);
    const TimePoint latest = not_after_ + std::chrono::hours{24};
    at.year = local_time(latest).year;
    // Nine years: 29 February may be eight years apart (1896 and 1904).
    for (int tried = 0; tried < 9; ++tried, --at.year) {
        if (is_date(at.year, at.month, at.day)) {
            if (const TimePoint time = local(at); time <= latest) return time;
        }
    }
    return std::nullopt;
}

std::optional<TimePoint> SyslogReader::take_iso(std::string_view& rest) {
    LocalTime at;
    if (!take_date(rest, at) || (!char_at(rest, 0, 'T') && !char_at(rest, 0, ' ')))
        return std::nullopt;
    rest.remove_prefix(1);
    if (!take_time_of_day(rest, at)) return std::nullopt;
    if (char_at(rest, 0, ' ')) {
        rest.remove_prefix(1);
        return local(at);
    }
    const auto east_s = take_zone(rest);
    if (!east_s || !take(rest, ' ')) return std::nullopt;
    return at_utc(at, *east_s);
}

std::optional<TimePoint> SyslogReader::take_short_full(std::string_view& rest) {
    if (std::find(weekdays.begin(), weekdays.end(), rest.substr(0, 3)) == weekdays.end() ||
        !char_at(rest, 3, ' ')) {
        return std::nullopt;
    }
    rest.remove_prefix(4);
    LocalTime at;
    if (!take_date(rest, at) || !char_at(rest, 0, ' ')) return std::nullopt;
    rest.remove_prefix(1);
    if (!take_time_of_day(rest, at) || !char_at(rest, 0, ' ')) return std::nullopt;
    rest.remove_prefix(1);
    // The zone's name; journalctl prints the local one.
    const std::string_view zone = take_word(rest);
    if (zone.empty()) return std::nullopt;
    if (zone == "UTC") return at_utc(at);
    return local(at);
}

std::optional<SyslogLine> SyslogReader::read(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    std::string_view rest = line;
    if (char_at(rest, 0, '{')) {
        auto journal = read_journal_line(rest);
        if (!journal) return std::nullopt;
        journal_ = std::move(*journal);
        return SyslogLine{journal_.time, journal_.program, journal_.message};
    }
    if (char_at(rest, 0, '<')) {
        const std::size_t close = rest.find('>');
        if (close == std::string_view::npos || close > 4) return std::nullopt;
        rest.remove_prefix(close + 1);
    }
    // No traditional stamp begins like that.
    const bool rfc5424 = rest.starts_with("1 ");
    rest.remove_prefix(rfc5424 ? 2 : 0);
    if (rest.empty()) return std::nullopt;
    SyslogLine read;
    const bool dashed = char_at(rest, 4, '-');
    const auto time = is_ascii_digit(rest[0]) && dashed ? take_iso(rest)
                      : is_ascii_digit(rest[0])         ? take_unix(rest)
                      : char_at(rest, 6, ' ')           ? take_traditional(rest)
                                                        : take_short_full(rest);
    if (!time) return std::nullopt;
    read.time = *time;
    if (rfc5424) {
        static_cast<void>(take_word(rest));  // host
        read.program = take_word(rest);
        static_cast<void>(take_word(rest));  // process id
        static_cast<void>(take_word(rest));  // message id
        if (!take_structured_data(rest)) return std::nullopt;
        read.message = rest;
        return read;
    }
    if (char_at(rest, 0, '<') && rest.substr(0, rest.find(' ')).ends_with('>'))
        static_cast<void>(take_word(rest));
    const std::string_view host_or_tag = take_word(rest);
    read.program = program_of(host_or_tag);
    if (read.program.empty()) read.program = program_of(take_word(rest));
    if (read.program.empty()) return std::nullopt;
    read.message = rest;
    return read;
}

}  // namespace relaypermit

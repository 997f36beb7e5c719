#include "tool/base/source_excerpt.h"

#include <algorithm>
#include <string_view>

#include "policy/ascii.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

// Behind the string that begins at `at`, or the end of the line.
std::size_t behind_string(std::string_view line, std::size_t at) {
    const char quote = line[at];
    for (std::size_t i = at + 1; i < line.size(); ++i)
        if (line[i] == '\\' && quote == '"')
            ++i;
        else if (line[i] == quote)
            return i + 1;
    return line.size();
}

std::size_t trimmed_end(std::string_view line, std::size_t begin, std::size_t end) {
    while (end > begin + 1 && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
    return end;
}

// Where what begins at `at` ends: a string, what is left of one, a header, a key, a value.
std::size_t end_of_piece(std::string_view line, std::size_t at) {
    bool is_value = false;
    for (std::size_t i = 0; i < at;) {
        if (line[i] == '"' || line[i] == '\'') {
            const std::size_t end = behind_string(line, i);
            // Within the string, its closing quote left out.
            if (end > at) return std::max(at + 1, line[end - 1] == line[i] ? end - 1 : end);
            i = end;
            continue;
        }
        is_value = is_value || line[i] == '=';
        ++i;
    }
    const char first = line[at];
    if (first == '"' || first == '\'') return behind_string(line, at);
    if (first == '[') {
        const std::size_t close = is_value ? line.rfind(']') : line.find(']', at);
        if (close == std::string_view::npos || close < at) return at + 1;
        return close + (line.substr(close).starts_with("]]") ? 2 : 1);
    }
    if (is_value)
        return trimmed_end(line, at, std::min(line.find_first_of(",]}#", at + 1), line.size()));
    constexpr std::string_view bare =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return std::max(at + 1, std::min(line.find_first_not_of(bare, at), line.size()));
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// Bytes of the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    for (; at < text.size() && count > 0; --count) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    }
    return at;
}

// A password where the file's path belongs, or within a url.
bool may_hold_a_secret(std::string_view line) {
    const std::string small = ascii_lower(line);
    const std::size_t equals = small.find('=');
    const std::string key = equals == std::string::npos ? "" : small.substr(0, equals);
    for (const std::string_view mark : {"pass", "secret", "_pw"})
        if (key.find(mark) != std::string::npos) return true;
    if (small.find("password=") != std::string::npos) return true;
    const std::size_t scheme = line.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view rest = line.substr(scheme + 3);
    const std::size_t at = rest.rfind('@');
    return at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
}

}  // namespace

std::optional<SourceExcerpt> excerpt_at(const std::vector<SourceText>& sources,
                                        const Place& place) {
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const SourceText& one) {
        return one.shared_name().view() == place.file();
    });
    if (source == sources.end() || place.line == 0) return std::nullopt;
    const std::string_view text = source->text();
    const std::size_t begin = source->offset_of(place.line, 1);
    std::string_view line = text.substr(begin);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (may_hold_a_secret(line)) return std::nullopt;
    // With a mistake in each item of such a list the time would go by its square.
    constexpr std::size_t most_bytes = std::size_t{64} * 1024;
    if (line.size() > most_bytes) return std::nullopt;
    const std::size_t at = source->offset_of(place.line, place.column) - begin;
    const std::size_t end = at < line.size() ? end_of_piece(line, at) : at;
    SourceExcerpt excerpt{std::string(line), place.line, place.column, place.column + 1};
    if (end > at)
        excerpt.end_column =
            place.column + static_cast<std::uint32_t>(characters(line.substr(at, end - at)));
    return excerpt;
}

std::string painted(const SourceExcerpt& excerpt, const Terminal& terminal) {
    constexpr std::size_t number_width = 5;
    constexpr std::size_t most = 120;
    constexpr std::string_view dots = "...";
    const std::string bar = " | ";
    std::string line = excerpt.line;
    std::replace(line.begin(), line.end(), '\t', ' ');
    std::size_t first = bytes_of(line, excerpt.column - 1);
    std::size_t last = std::max(first + 1, bytes_of(line, excerpt.end_column - 1));
    const std::size_t room =
        std::min(most, std::max<std::size_t>(terminal.width, 40)) - number_width - bar.size();
    if (characters(line) > room) {
        const std::size_t wanted = excerpt.column + room / 2 > room ? excerpt.column - room / 2 : 0;
        const std::size_t cut = wanted < dots.size() ? 0 : bytes_of(line, wanted);
        if (cut > 0) {
            line.replace(0, cut, dots);
            first = first - cut + dots.size();
            last = last - cut + dots.size();
        }
        if (characters(line) > room) {
            line.resize(bytes_of(line, room - dots.size()));
            last = std::min(last, line.size());
            line += dots;
        }
    }
    first = std::min(first, line.size());
    last = std::min(last, line.size());
    const std::string before = visible(line.substr(0, first));
    const std::string meant = visible(line.substr(first, last - first));
    const std::size_t wide = std::max<std::size_t>(1, columns(meant));
    return terminal.paint(Style::dim,
                          padded(std::to_string(excerpt.number), number_width, true) + bar) +
           visible(line) + "\n" + terminal.paint(Style::dim, std::string(number_width, ' ') + bar) +
           std::string(columns(before), ' ') +
           terminal.paint(Style::green, "^" + std::string(wide - 1, '~')) + "\n";
}

}  // namespace relaypermit

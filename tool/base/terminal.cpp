// Columns, colours and bars for a terminal.
#include "tool/base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "policy/utf8.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

std::string_view escape_of(Style style) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::bold:
            return "\x1b[1m";
        case Style::dim:
            return "\x1b[2m";
        case Style::red:
            return "\x1b[31m";
        case Style::green:
            return "\x1b[32m";
        case Style::yellow:
            return "\x1b[33m";
        case Style::blue:
            return "\x1b[34m";
        case Style::cyan:
            return "\x1b[36m";
    }
    return "";
}

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view value = environment(name);
        if (!value.empty()) {
            return value.find("UTF-8") != std::string_view::npos ||
                   value.find("utf8") != std::string_view::npos;
        }
    }
    return false;
}

}  // namespace

Terminal detect_terminal(int descriptor) {
    Terminal terminal;
    const bool is_terminal = ::isatty(descriptor) == 1;
    terminal.interactive = is_terminal;
    terminal.utf8 = locale_is_utf8();
    terminal.colour =
        is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    terminal.width = unlimited_width;
    if (is_terminal) {
        winsize size{};
        terminal.width = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
                             ? size.ws_col
                             : std::size_t{80};
    }
    if (const std::string_view set = environment("COLUMNS"); !set.empty() && set.size() < 6) {
        const unsigned long wanted = std::strtoul(std::string(set).c_str(), nullptr, 10);
        terminal.width = wanted >= 20 ? wanted : terminal.width;
    }
    return terminal;
}

std::string Terminal::paint(Style style, std::string_view text) const {
    if (!colour || style == Style::plain || text.empty()) return std::string(text);
    return std::string(escape_of(style)) + std::string(text) + "\x1b[0m";
}

Style style_of_verdict(std::string_view verdict) {
    if (verdict == "reject" || verdict == "mta-reject") return Style::red;
    if (verdict == "tempfail" || verdict == "monitor") return Style::yellow;
    return verdict == "accept" ? Style::green : Style::plain;
}

std::string Terminal::bar(double value, double most, std::size_t cells) const {
    if (value <= 0 || most <= 0 || cells == 0) return {};
    static constexpr std::array<std::string_view, 8> eighths = {"",  "▏", "▎", "▍",
                                                                "▌", "▋", "▊", "▉"};
    const double share = std::min(1.0, value / most);
    if (!utf8) {
        const auto filled =
            static_cast<std::size_t>(std::lround(share * static_cast<double>(cells)));
        return std::string(std::max<std::size_t>(1, filled), '#');
    }
    const auto steps = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(share * static_cast<double>(cells * 8))));
    std::string drawn;
    for (std::size_t i = 0; i < steps / 8; ++i) drawn += "█";
    drawn += eighths[steps % 8];
    return drawn;
}

namespace {

struct Glyph {
    std::size_t bytes{};
    std::size_t columns{};
};

// The character with which `text`, which is not empty, begins; a byte that is none is one column.
Glyph first_glyph(std::string_view text) {
    const CodePoint point = first_code_point(text);
    if (point.bytes == 0) return {1, 1};
    const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(point.value));
    return {point.bytes, static_cast<std::size_t>(std::max(width, 0))};
}

}  // namespace

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        if (text.front() == '\x1b') {
            text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
            continue;
        }
        const Glyph glyph = first_glyph(text);
        count += glyph.columns;
        text.remove_prefix(glyph.bytes);
    }
    return count;
}

namespace {

// The bytes of what fits into `width` columns.
std::size_t bytes_of(std::string_view text, std::size_t width) {
    std::size_t bytes = 0;
    std::size_t used = 0;
    while (bytes < text.size()) {
        const Glyph glyph = first_glyph(text.substr(bytes));
        if (used + glyph.columns > width) break;
        used += glyph.columns;
        bytes += glyph.bytes;
    }
    return bytes;
}

// Those of the last that fit.
std::size_t bytes_at_end(std::string_view text, std::size_t width) {
    std::size_t from = 0;
    std::size_t left = columns(text);
    while (left > width) {
        const Glyph glyph = first_glyph(text.substr(from));
        left -= glyph.columns;
        from += glyph.bytes;
    }
    return text.size() - from;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t width) {
    if (columns(text) <= width) return std::string(text);
    if (width <= 3) return std::string(text.substr(0, bytes_of(text, width)));
    return std::string(text.substr(0, bytes_of(text, width - 3))) + "...";
}

std::string shortened_middle(std::string_view text, std::size_t width) {
    const std::size_t have = columns(text);
    if (have <= width || width < 9) return shortened(text, width);
    const std::size_t tail = (width - 3) / 2;
    const std::size_t head = width - 3 - tail;
    return std::string(text.substr(0, bytes_of(text, head))) + "..." +
           std::string(text.substr(text.size() - bytes_at_end(text, tail)));
}

std::string padded(std::string_view text, std::size_t width, bool right) {
    const std::size_t have = columns(text);
    const std::string space(have < width ? width - have : 0, ' ');
    return right ? space + std::string(text) : std::string(text) + space;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string lines;
    std::size_t at = indent;
    bool first_word = true;
    while (!text.empty()) {
        const std::size_t space = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, space);
        text.remove_prefix(std::min(text.size(), space + 1));
        if (word.empty()) continue;
        const std::size_t wide = columns(word);
        if (!first_word && at + 1 + wide > width) {
            lines += "\n" + std::string(indent, ' ');
            at = indent;
            first_word = true;
        }
        if (!first_word) {
            lines += ' ';
            ++at;
        }
        lines += word;
        at += wide;
        first_word = false;
    }
    return lines;
}

}  // namespace relaypermit

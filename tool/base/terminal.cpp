// Columns, colours, bars and tables for a terminal.
#include "tool/base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "policy/utf8.h"
#include "tool/base/text.h"

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
    if (!colour || style == Style::plain || text.empty()) {
        return std::string(text);
    }
    return std::string(escape_of(style)) + std::string(text) + "\x1b[0m";
}

Style style_of_verdict(std::string_view verdict) {
    if (verdict == "reject" || verdict == "mta-reject") {
        return Style::red;
    }
    if (verdict == "tempfail" || verdict == "monitor") {
        return Style::yellow;
    }
    return verdict == "accept" ? Style::green : Style::plain;
}

std::string Terminal::bar(double value, double most, std::size_t cells) const {
    if (value <= 0 || most <= 0 || cells == 0) {
        return {};
    }
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
    for (std::size_t i = 0; i < steps / 8; ++i) {
        drawn += "█";
    }
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
    if (columns(text) <= width) {
        return std::string(text);
    }
    if (width <= 3) {
        return std::string(text.substr(0, bytes_of(text, width)));
    }
    return std::string(text.substr(0, bytes_of(text, width - 3))) + "...";
}

std::string shortened_middle(std::string_view text, std::size_t width) {
    const std::size_t have = columns(text);
    if (have <= width || width < 9) {
        return shortened(text, width);
    }
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
        if (word.empty()) {
            continue;
        }
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

namespace {

// Each line by itself, so that a pager that begins in the middle shows it right.
std::string painted_lines(const Terminal& terminal, Style style, std::string_view text) {
    std::string out;
    while (true) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t begin = std::min(text.find_first_not_of(' '), end);
        out += std::string(text.substr(0, begin)) +
               terminal.paint(style, text.substr(begin, end - begin));
        if (end == text.size()) return out;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::string Table::print(const Terminal& terminal, std::size_t indent) const {
    const std::size_t count = columns_.size();
    bool titled = false;
    std::vector<std::vector<Cell>> rows = rows_;
    for (const Column& column : columns_) {
        titled = titled || !column.title.empty();
    }
    for (auto& row : rows) {
        row.resize(count);
        for (Cell& cell : row) {
            if (!cell.raw) {
                cell.text = visible(cell.text);
            }
        }
    }
    const bool wraps = count > 0 && columns_.back().wraps;
    std::vector<bool> by_itself(rows.size(), false);
    std::vector<std::size_t> widths;
    const auto measure = [&] {
        widths.assign(count, 0);
        for (std::size_t c = 0; c < count; ++c) {
            widths[c] = columns(columns_[c].title);
            for (std::size_t r = 0; r < rows.size(); ++r) {
                if (!by_itself[r]) widths[c] = std::max(widths[c], columns(rows[r][c].text));
            }
        }
    };
    // Where less is left beside the others, a long text goes below them.
    const std::size_t readable = std::min<std::size_t>(40, terminal.width / 2);
    constexpr std::size_t narrowest = 8;
    const auto total = [&] {
        std::size_t sum = indent;
        for (const std::size_t width : widths) {
            sum += width;
        }
        return sum + 2 * (count - 1);
    };
    measure();
    while (total() > terminal.width) {
        std::size_t widest = count;
        for (std::size_t c = 0; c < count; ++c) {
            if (columns_[c].may_shrink && widths[c] > narrowest &&
                (widest == count || widths[c] > widths[widest])) {
                widest = c;
            }
        }
        if (widest == count) {
            break;
        }
        --widths[widest];
    }
    if (wraps && total() > terminal.width) {
        // A row that is much longer than the others must not push theirs out of the page.
        const auto before_last = [&](const std::vector<Cell>& row) {
            std::size_t sum = 0;
            for (std::size_t c = 0; c + 1 < count; ++c) {
                sum += columns(row[c].text);
            }
            return sum;
        };
        const auto set_aside = [&](std::size_t most_columns, std::size_t most_rows) {
            for (; total() - widths.back() > most_columns && most_rows > 0; --most_rows) {
                std::size_t longest = rows.size();
                for (std::size_t r = 0; r < rows.size(); ++r) {
                    if (!by_itself[r] && (longest == rows.size() ||
                                          before_last(rows[r]) > before_last(rows[longest]))) {
                        longest = r;
                    }
                }
                if (longest == rows.size()) return false;
                by_itself[longest] = true;
                measure();
            }
            return total() - widths.back() <= most_columns;
        };
        // Few rows, so that the others are read in columns; else only what does not fit at all.
        if (terminal.width < readable || !set_aside(terminal.width - readable, rows.size() / 4)) {
            by_itself.assign(rows.size(), false);
            measure();
            static_cast<void>(set_aside(terminal.width, rows.size()));
        }
        const std::size_t others = total() - widths.back();
        widths.back() = others < terminal.width ? terminal.width - others : 0;
    }
    const std::size_t last_column = total() - (count > 0 ? widths.back() : 0);
    const std::size_t below = indent + 4;
    std::string out;
    const auto line = [&](const auto& cell_text) {
        std::string text(indent, ' ');
        for (std::size_t c = 0; c < count; ++c) {
            text += cell_text(c);
            text += c + 1 < count ? "  " : "";
        }
        text.erase(text.find_last_not_of(' ') + 1);
        const std::size_t first_end = std::min(text.find('\n'), text.size());
        const std::size_t filled = text.find_last_not_of(' ', first_end == 0 ? 0 : first_end - 1);
        text.erase(filled + 1, first_end - filled - 1);
        out += text + "\n";
    };
    if (titled) {
        line([&](std::size_t c) {
            const bool right = columns_[c].align == Align::right;
            const std::string title = padded(columns_[c].title, widths[c], right);
            return terminal.colour && c + 1 == count ? terminal.paint(Style::dim, columns_[c].title)
                                                     : terminal.paint(Style::dim, title);
        });
    }
    const auto painted_below = [&](std::string_view text, Style style) {
        return "\n" + std::string(below, ' ') +
               painted_lines(terminal, style, wrapped(text, terminal.width, below));
    };
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto& row = rows[r];
        if (by_itself[r]) {
            const auto style_of = [&](std::size_t c) {
                return row[c].style == Style::plain ? columns_[c].style : row[c].style;
            };
            std::string between;
            for (std::size_t c = 1; c + 1 < count; ++c) {
                between += (between.empty() ? "" : "  ") + row[c].text;
            }
            out += std::string(indent, ' ') + terminal.paint(style_of(0), row[0].text);
            if (!between.empty()) out += painted_below(between, Style::plain);
            if (count > 1 && !row.back().text.empty())
                out += painted_below(row.back().text, style_of(count - 1));
            out += "\n";
            continue;
        }
        line([&](std::size_t c) {
            const Cell& cell = row[c];
            const bool right = columns_[c].align == Align::right;
            if (cell.raw) {
                return padded(cell.text, widths[c], right);
            }
            const Style style = cell.style == Style::plain ? columns_[c].style : cell.style;
            if (columns_[c].wraps && columns(cell.text) > widths[c]) {
                return widths[c] < readable
                           ? painted_below(cell.text, style)
                           : painted_lines(terminal, style,
                                           wrapped(cell.text, terminal.width, last_column));
            }
            const std::string text = shortened_middle(cell.text, widths[c]);
            const std::string space(widths[c] - columns(text), ' ');
            return right ? space + terminal.paint(style, text)
                         : terminal.paint(style, text) + space;
        });
    }
    return out;
}

}  // namespace relaypermit

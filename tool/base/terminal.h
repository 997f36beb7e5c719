// What is printed for people: width, colour, bars. Tables: table.h. Everything that came from a
// client, an MTA or a log file goes through visible() (text.h) first, so that no escape sequence or
// right-to-left trick reaches the reader's terminal. Pure but for detect_terminal(); any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

enum class Style : std::uint8_t { plain, bold, dim, red, green, yellow, blue, cyan };

struct Terminal {
    std::size_t width{80};  // columns; of a pipe: unlimited_width
    bool colour{};
    bool utf8{};         // whether bars and rules may be drawn in box characters
    bool interactive{};  // somebody watches what is written when

    // `text` in a style, or as it is where there is no colour. Never nests.
    [[nodiscard]] std::string paint(Style style, std::string_view text) const;
    // A bar of value/most of `cells` columns, in eighths of a column where utf8, else of '#'.
    // Never empty for a value above zero.
    [[nodiscard]] std::string bar(double value, double most, std::size_t cells) const;
};

// For "reject", "tempfail", "accept", ...: red, yellow, green.
[[nodiscard]] Style style_of_verdict(std::string_view verdict);

// What a pipe or a file gets: lines are never cut for it.
inline constexpr std::size_t unlimited_width = 100000;

// Of a file descriptor: colour only on a terminal whose TERM is not dumb and without NO_COLOR
// (no-color.org); width from the terminal or COLUMNS; utf8 from the locale's environment.
[[nodiscard]] Terminal detect_terminal(int descriptor);

// Columns that `text` takes, escape sequences of paint() not counted: two of a wide character
// (East Asian, emoji), none of a mark that joins the one before.
[[nodiscard]] std::size_t columns(std::string_view text);
// Cut to at most `width` columns, with "..." (one column "…" would do only in UTF-8) in place of
// what is missing. Not for painted text.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);
// In the middle: the beginning and the end of an address both tell.
[[nodiscard]] std::string shortened_middle(std::string_view text, std::size_t width);
// Filled with spaces to `width` columns; painted text may be handed in.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width, bool right = false);
// Text in lines of at most `width` columns, broken at spaces. The caller has indented the first
// line; the others are indented here.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace relaypermit

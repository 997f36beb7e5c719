// A regex as RE2 reads it, piece by piece, for those who look for what stands in one: escapes and
// classes count as a whole. Pure; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace relaypermit {

struct RegexPiece {
    // escape: `\d`, `\p{Greek}`; quoted: `\Q...\E`; set: `[^]a-z]`.
    enum class Kind : unsigned char { character, escape, quoted, set } kind{};
    std::size_t begin{};
    std::size_t end{};  // behind its last byte, at most the size of the text
};

// The piece that begins at `at`, which is less than the size of the text. One that does not end
// ends with the text.
[[nodiscard]] inline RegexPiece regex_piece(std::string_view text, std::size_t at) {
    const auto behind = [&](std::size_t found, std::size_t length) {
        return found == std::string_view::npos ? text.size() : found + length;
    };
    const auto is = [&](std::size_t place, char c) {
        return place < text.size() && text[place] == c;
    };
    const auto escape_end = [&](std::size_t backslash) {
        const std::size_t next = backslash + 1;
        const bool braced = (is(next, 'p') || is(next, 'P') || is(next, 'x')) && is(next + 1, '{');
        return braced ? behind(text.find('}', next), 1) : std::min(next + 1, text.size());
    };
    if (text[at] == '\\') {
        if (is(at + 1, 'Q'))
            return {RegexPiece::Kind::quoted, at, behind(text.find("\\E", at + 2), 2)};
        return {RegexPiece::Kind::escape, at, escape_end(at)};
    }
    if (text[at] != '[') return {RegexPiece::Kind::character, at, at + 1};
    std::size_t end = at + (is(at + 1, '^') ? 2 : 1);
    // A ] that stands first is a member.
    if (is(end, ']')) ++end;
    while (end < text.size() && text[end] != ']')
        if (text[end] == '\\')
            end = escape_end(end);
        else if (is(end, '[') && is(end + 1, ':'))
            end = behind(text.find(":]", end + 2), 2);
        else
            ++end;
    return {RegexPiece::Kind::set, at, std::min(end + 1, text.size())};
}

}  // namespace relaypermit

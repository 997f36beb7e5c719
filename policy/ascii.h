// Text in ASCII, whatever the locale: bytes outside it stay as they are. Pure; any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace relaypermit {

// ASCII-only lower case: what "comparison ignores case" means throughout.
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] std::string ascii_upper(std::string_view text);

[[nodiscard]] constexpr char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

[[nodiscard]] constexpr bool is_ascii_digit(char c) {
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_ascii_letter(char c) {
    return ascii_upper(c) >= 'A' && ascii_upper(c) <= 'Z';
}

[[nodiscard]] constexpr bool is_ascii_alphanumeric(char c) {
    return is_ascii_letter(c) || is_ascii_digit(c);
}

[[nodiscard]] inline bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Without the blanks at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks = " ");

}  // namespace relaypermit

// The characters of which an unquoted local part or a word of a display name is made. Pure; any
// thread.
#pragma once

#include <array>
#include <string_view>

namespace relaypermit {

namespace detail {

consteval std::array<bool, 256> make_atext_or_dot() {
    std::array<bool, 256> table{};
    for (unsigned c = 0x80; c < 0x100; ++c) table[c] = true;
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789!#$%&'*+-/=?^_`{|}~.")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}

inline constexpr std::array<bool, 256> atext_or_dot = make_atext_or_dot();

}  // namespace detail

// RFC 5322 atext, every byte outside ASCII (RFC 6531 and 6532), and the dot.
[[nodiscard]] constexpr bool is_atext_or_dot(char c) {
    return detail::atext_or_dot[static_cast<unsigned char>(c)];
}

}  // namespace relaypermit

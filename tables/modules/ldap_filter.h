// A search filter of LDAP with values in it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "config/placeholders.h"

namespace relaypermit {

// The filter with a value in each placeholder, escaped as RFC 4515 has it: every byte that is no
// letter or digit of ASCII, @, . or - as \XX, which is always allowed.
[[nodiscard]] inline std::string filled_filter(const PlaceholderText& filter,
                                               const PlaceholderValues& values) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '@' || c == '.' || c == '-';
    };
    std::string text;
    for (const PlaceholderText::Piece& piece : filter.pieces) {
        text += piece.literal;
        if (!piece.behind) continue;
        for (const char c : value_of(*piece.behind, values)) {
            const auto byte = static_cast<unsigned char>(c);
            if (is_plain(c))
                text += c;
            else
                text += {'\\', digits[byte >> 4U], digits[byte & 0xFU]};
        }
    }
    return text;
}

}  // namespace relaypermit

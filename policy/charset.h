// The charsets of encoded words (RFC 2047), read far enough to tell which bytes are ASCII
// characters to every program. Used by encoded_word. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaypermit {

enum class Charset : std::uint8_t {
    unknown,  // not known to show ASCII bytes as ASCII
    utf8,
    ascii_superset,  // a byte below 0x80 is taken for that ASCII character wherever it stands
    shift_jis,
    gbk,  // and GB18030
    big5,
    iso_2022_jp,
};

// By its name in any case, which ends at `*` (RFC 2231 language).
[[nodiscard]] Charset charset_of(std::string_view name);

// The characters of one word's bytes in a charset that is neither unknown nor utf8: ASCII as it is,
// every other character as U+FFFD. nullopt where the bytes are none of the charset's, or where some
// program could find an @ in them that another one does not.
//
// A decoder whose table lacks a pair of bytes drops one of them, or both, and goes on: its second
// byte 0x40 is then an @. So a word of a double-byte charset that holds this byte anywhere may hold
// only pairs that all tables have (CPython's, glibc's and those of the WHATWG were compared). Of
// ISO-2022-JP only the escapes of RFC 1468 and of half-width kana count: programs that do not know
// `ESC $ A` or `ESC $ ( D` go on reading ASCII behind it.
[[nodiscard]] std::optional<std::string> read_bytes(std::string_view bytes, Charset charset);

}  // namespace relaypermit

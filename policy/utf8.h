// Whether bytes from outside are text that every reader takes as the same characters. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relaypermit {

struct CodePoint {
    std::size_t bytes{};  // 0: no well-formed sequence begins there
    std::uint32_t value{};
};
// The character with which `text` begins. Overlong forms, surrogates and what lies above U+10FFFF
// are not well-formed (RFC 3629).
[[nodiscard]] CodePoint first_code_point(std::string_view text);

// What is wrong with `text`, in words ("NUL", "a control character", "invalid UTF-8"), or an
// empty view where nothing is. Control characters are C0, DEL, C1, and the line and paragraph
// separators U+2028 and U+2029, at which some libraries (Python's str.splitlines) break lines.
[[nodiscard]] std::string_view text_fault(std::string_view text);

// A character that shows as nothing or as a space, or turns the direction of the text round, and so
// makes two addresses look like one: no-break and wide spaces, zero-width and bidi characters, soft
// hyphen, fillers, variation selectors, tags. Not the space itself.
[[nodiscard]] bool is_invisible(std::uint32_t code_point);
// Whether `text`, which must be valid UTF-8, holds one.
[[nodiscard]] bool has_invisible(std::string_view text);

// The version in use, for --version.
[[nodiscard]] std::string libutf8proc_version();

}  // namespace relaypermit

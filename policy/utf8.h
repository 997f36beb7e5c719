// Whether bytes from outside are text that every reader takes as the same characters. Pure; any
// thread.
#pragma once

#include <string_view>

namespace relaypermit {

// What is wrong with `text`, in words ("NUL", "a control character", "invalid UTF-8"), or an
// empty view where nothing is. Control characters are C0, DEL, C1, and the line and paragraph
// separators U+2028 and U+2029, at which some libraries (Python's str.splitlines) break lines.
// Overlong forms, surrogates and what lies above U+10FFFF are invalid (RFC 3629).
[[nodiscard]] std::string_view text_fault(std::string_view text);

}  // namespace relaypermit

// Encoded words (RFC 2047) in a display name, decoded far enough to judge whether they hide an
// address from one reader and show it to another. Used by from_field. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

// What the encoded words of `text` say: one entry for each run of encoded words that only white
// space separates (readers join those). ASCII characters and valid UTF-8 are as decoded, every
// other character is U+FFFD. Text outside encoded words is left out.
//
// `text` is a display name or comment without line breaks and quoting; words inside quotes count,
// because programs decode them there too. Spaces inside a Q-encoded word are taken (broken
// programs write them).
//
// The error, in words, where programs could decode differently: `=?` that begins no well-formed
// encoded word, bad hexadecimal or base64, control characters, invalid UTF-8, and charsets that
// are not known to show ASCII bytes as ASCII (utf-7, utf-16, unknown names), or bytes in which some
// program could find an @ that another does not (charset.h), or wide or small signs for those who
// take them for UTF-8.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> decode_encoded_words(
    std::string_view text);

}  // namespace relaypermit

// What a display name or comment shows once its encoded words are decoded, where some programs
// decode before they parse. Used by from_field. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/address.h"
#include "policy/from_field.h"

namespace relaypermit {

// Whether decoded text is nothing but the address, in quotes or not: programs without a name for
// an account put its address there.
[[nodiscard]] bool shows(std::string_view text, const Address& address);

// Judges the encoded words of `shown`: all of a mailbox but its address, without quoting. A fault:
// one that cannot be decoded in one way, or that hides a bracket, an encoded word, or an @ that is
// not in the address itself as the whole name. On success: whether one holds a quote or backslash.
[[nodiscard]] tl::expected<bool, FromFault> judge_encoded_words(std::string_view shown,
                                                                const Address& address);

// What is wrong with a comment that holds nothing but words: encoded ones that do not leave it one
// comment.
[[nodiscard]] std::optional<FromFault> fault_of_comment(std::string_view comment);

// Whether an `=` stands before a fold or tab in the unfolded field, and no encoded word ends there.
// PHP's iconv_mime_decode() loses a byte at the end of the field for each: the last ones of an
// address, which is then somebody else's (`example.co`).
[[nodiscard]] bool has_folded_equals_sign(std::string_view line);

}  // namespace relaypermit

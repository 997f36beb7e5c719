// A header field as it stands on the wire: its name, its lines and its folds. Used by from_field
// and by all that looks at the fields beside it. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/login.h"

namespace relaypermit {

// Of one line with the field's name. The MTA breaks a longer one after the milter has answered, so
// that the next server reads another address: Sendmail's mailers behind 990 bytes (L= of theirs),
// Postfix's smtp(8) behind 998.
inline constexpr std::size_t max_line_bytes = 990;
// Where Sendmail writes the field anew, which puts quotes round some names before it looks at the
// length: well below.
inline constexpr std::size_t max_sendmail_line_bytes = 900;

// A blank or a tab.
[[nodiscard]] constexpr bool is_field_space(char c) {
    return c == ' ' || c == '\t';
}

// The field in one line. What was folded or a tab is a tab in it, because programs differ in what
// they make of those inside quotes. A line break that is no fold, and a continuation line of white
// space alone (some programs end the header there), are faults.
// The error is a sentence part for people.
[[nodiscard]] tl::expected<std::string, std::string> unfold(std::string_view value);

// Whether a line of the field is longer than `max`. Each counts by itself, the first with
// the name and, where `value` has none, the blank that the MTA kept to itself.
[[nodiscard]] bool has_long_line(std::string_view name, std::string_view value, std::size_t max);

// Whether a name or value of any header field holds a NUL or a line break that is no fold: what
// stands behind it is a field of its own to some programs, a From too.
[[nodiscard]] bool has_stray_break(std::string_view text);

// Whether a field of this name, as received, is read as `wanted` (lower case) by anyone: ASCII
// case-insensitive, white space before the colon dropped (RFC 5322 4.5.8; MTAs pass `From :` on).
[[nodiscard]] bool is_field(std::string_view name_as_received, std::string_view wanted);

// The length of a mailbox for Sendmail, which marks some bytes above ASCII with one of its own.
[[nodiscard]] std::size_t length_on_sendmail(std::string_view mailbox);
// Whether the MTA leaves this part of an address as it is: Sendmail takes addresses apart, writes
// them anew, and mangles bytes from 80 to 9F.
[[nodiscard]] bool is_kept_by(Mta mta, std::string_view part);

}  // namespace relaypermit

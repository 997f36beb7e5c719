// A record as one line of printable ASCII, and back. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "record/record.h"

namespace relaypermit {

// "QUEUEID: verdict=reject cause=... reply=\"...\"": what follows "relaypermitd[812]: ".
// Printable ASCII, below 8 KiB. All keys stand in every line, in one order, but agent=, which is
// not there where the record has none. Each value is written as value.h says: from=, rcpt=, rule=
// and also= are lists, with commas between their members. rcpt= ends with the number of recipients,
// `rcpt=a@x,b@y,c@z,(7)`, where it does not name them all. A record outside the limits is cut to
// them first.
[[nodiscard]] std::string format_line(const Record& record);

struct LineFault {
    std::string why{};
};
// The inverse of format_line(): parse_line(format_line(r)) is r for every r within the limits, and
// format_line() of what parse_line() read is the same line. Anything else is a fault, so that a
// line that somebody forged in another field is none of ours.
[[nodiscard]] tl::expected<Record, LineFault> parse_line(std::string_view line);

}  // namespace relaypermit

// A record as one JSON object of ASCII, for logs that are read by other programs, and back. Pure;
// any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "record/line.h"
#include "record/record.h"

namespace relaypermit {

// What a log daemon takes as one message everywhere (rsyslog: 8 KiB with the head that it puts
// before it).
inline constexpr std::size_t max_json_line_bytes = 8000;

// `{"queue":"4c1X2b3d","verdict":"reject",...,"reply":"..."}`: the object of record_json.h in
// ASCII, what follows "relaypermitd[812]: ". JSON has no way to write a byte that is not UTF-8: it
// is U+FFFD, and a last member "exact" then holds the values with such bytes again, as line.h
// writes them. Where all this would be longer than max_json_line_bytes, which takes a client that
// means it, values are cut shorter than line.h cuts them.
[[nodiscard]] std::string format_json_line(const Record& record);

// The inverse, as strict as parse_line(): what is not written so is a fault.
[[nodiscard]] tl::expected<Record, LineFault> parse_json_line(std::string_view line);

// A message of relaypermitd in either form.
[[nodiscard]] tl::expected<Record, LineFault> parse_message(std::string_view message);
// Whether it is of one of the two forms, as far as its beginning shows: a record, or one that was
// cut off or changed on its way.
[[nodiscard]] bool looks_like_a_record(std::string_view message);

}  // namespace relaypermit

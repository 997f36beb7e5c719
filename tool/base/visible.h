// Text from strangers made fit for people and programs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/counted.h"

namespace relaypermit {

// Printable UTF-8 as it is; control characters, invalid UTF-8, and the invisible and
// direction-changing characters of Unicode as \xNN of their bytes: nothing in it can move a
// terminal's cursor, or make one address look like another by turning it round.
[[nodiscard]] std::string visible(std::string_view text);

// The same text with U+FFFD for every byte that is not UTF-8: what JSON and HTML demand.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& texts);

}  // namespace relaypermit

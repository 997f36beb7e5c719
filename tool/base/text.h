// Text from strangers made fit for people and programs, and numbers in words. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// Printable UTF-8 as it is; control characters, invalid UTF-8, and the invisible and
// direction-changing characters of Unicode as \xNN of their bytes: nothing in it can move a
// terminal's cursor, or make one address look like another by turning it round.
[[nodiscard]] std::string visible(std::string_view text);

// The same text with U+FFFD for every byte that is not UTF-8: what JSON and HTML demand.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& texts);

// "1,234,567".
[[nodiscard]] std::string with_commas(std::uint64_t number);
// "1 refusal", "2 refusals"; `many` where the plural is not one + "s".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one,
                                  std::string_view many = {});

}  // namespace relaypermit

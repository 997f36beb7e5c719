// Numbers in words. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relaypermit {

// "1,234,567".
[[nodiscard]] std::string with_commas(std::uint64_t number);
// "1 refusal", "2 refusals"; `many` where the plural is not one + "s".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one,
                                  std::string_view many = {});

}  // namespace relaypermit

// Lists as main.cf writes them, in one string, and as TOML does. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// What stands between commas, semicolons and blanks.
[[nodiscard]] std::vector<std::string> words_in(std::string_view text);

// `"a", "b"`, without the brackets of the list.
[[nodiscard]] std::string quoted_list(const std::vector<std::string>& words);

}  // namespace relaypermit

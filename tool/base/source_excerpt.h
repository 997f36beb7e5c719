// What stands in a policy file at the place of a diagnostic: the line, and from where to where.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/source_text.h"
#include "policy/place.h"
#include "tool/base/terminal.h"

namespace relaypermit {

struct SourceExcerpt {
    std::string line{};          // without its line break
    std::uint32_t number{};      // from 1
    std::uint32_t column{};      // of the first character that is meant, from 1
    std::uint32_t end_column{};  // of the one behind the last
};

// nullopt where the place is not in the sources (a default, a file that could not be read), or in a
// line of more than 64 KiB or one that may hold a password.
[[nodiscard]] std::optional<SourceExcerpt> excerpt_at(const std::vector<SourceText>& sources,
                                                      const Place& place);

// Two lines, the second with a caret beneath what is meant; each ends with a newline.
//    16 | sender  = ["jobs@example.com"]
//       | ^~~~~~
// Of a line that is too long for the terminal, what is around the place.
[[nodiscard]] std::string painted(const SourceExcerpt& excerpt, const Terminal& terminal);

}  // namespace relaypermit

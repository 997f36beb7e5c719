// Several addresses in the one string of a pattern: as main.cf separates them, as people join them
// with "or", and the alternatives of shells and regexes. Internal to config/. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/hint_words.h"
#include "policy/pattern.h"

namespace relaypermit {

// The mistake, and the list to write; nullopt where the text is one pattern or cannot be taken
// apart.
[[nodiscard]] std::optional<PatternFault> foreign_list(std::string_view text, const HintFor& hint);

// "a", "b" of `a or b`; the text alone where no word joins two.
[[nodiscard]] std::vector<std::string> joined_by_words(std::string_view text);

// bob@{example.com,example.org}, a|b@example.com, info@example.(com|org).
[[nodiscard]] std::optional<PatternFault> foreign_alternatives(std::string_view text,
                                                               const HintFor& hint);

}  // namespace relaypermit

// Wildcards of other programs in a pattern: a regex without its slashes, SQL's `%`, the `?`,
// `{a,b}` and `a|b` of shells. Internal to config/. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/hint_words.h"
#include "policy/pattern.h"

namespace relaypermit {

// Whether anything in the text could be one: nearly nothing is, in a policy of a million.
[[nodiscard]] inline bool may_be_foreign_wildcard(std::string_view text) {
    return text.find_first_of("%?*|{}[]()^$\\") != std::string_view::npos;
}

// The mistake, and what to write; nullopt where there is none of that kind.
[[nodiscard]] std::optional<PatternFault> foreign_wildcard(std::string_view text,
                                                           const HintFor& hint);

}  // namespace relaypermit

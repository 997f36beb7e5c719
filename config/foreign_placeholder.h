// Placeholders of other programs (%u, ${user}), and ours where nothing is filled in. Internal to
// config/. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/hint_words.h"
#include "policy/pattern.h"

namespace relaypermit {

// The mistake in a pattern that is no regex; nullopt where there is none of that kind.
[[nodiscard]] std::optional<PatternFault> foreign_placeholder(std::string_view text,
                                                              const HintFor& hint);
// The same of `/regex/`, in which nothing is filled in and which has no flags.
[[nodiscard]] std::optional<PatternFault> foreign_in_regex(std::string_view text, PatternRole role);

}  // namespace relaypermit

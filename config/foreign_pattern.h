// Patterns that mean something to Postfix, to Sendmail or to people and nothing here, or the
// opposite: `!bob`, `@domain`, a bare domain, the name of a group. Internal to config/. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/pattern.h"
#include "policy/policy_source.h"

namespace relaypermit {

// What the rest of the policy says, by which a word shows to be something else than an address.
struct PatternSurroundings {
    const PolicySource& source;                   // its settings; rules do not matter
    const std::vector<std::string>& group_names;  // all of them
    bool of_exceptions{};  // whether the list is one of those that leave somebody out
};

// The mistake in a pattern that Pattern::parse() would take for a literal address or login, or
// refuse without knowing what was meant; nullopt where there is none of that kind.
[[nodiscard]] std::optional<PatternFault> foreign_pattern(std::string_view text, PatternRole role,
                                                          const PatternSurroundings& around);

}  // namespace relaypermit

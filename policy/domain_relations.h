// How domains, and sets of them, stand to one another. Pure; any thread.
#pragma once

#include <string_view>

#include "policy/domain.h"

namespace relaypermit {

// Whether `domain` stands at any depth below `parent`, both normalized; not where they are equal.
[[nodiscard]] bool is_below(std::string_view domain, std::string_view parent);

// Whether every domain that `pattern`, one of DomainSet::patterns(), means is in the set.
[[nodiscard]] bool covers(const DomainSet& set, std::string_view pattern);

}  // namespace relaypermit

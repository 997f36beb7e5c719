// What a line of a regexp or pcre table may answer for, as far as it can be told from the line.
// Pure; any thread.
#pragma once

#include <string>

#include "tool/wiring/owner_answers.h"

namespace relaypermit {

// Whether a pattern may answer for an address.
[[nodiscard]] bool may_answer(const OwnerPattern& pattern, const std::string& address);

// Whether a pattern surely matches no address of the domain: it ends in another one.
[[nodiscard]] bool is_elsewhere(const TablePattern& pattern, const std::string& domain);

// Whether the inner pattern matches nothing that the condition does not: both end in the same
// characters from an @ on.
[[nodiscard]] bool implies(const TablePattern& inner, const TablePattern& condition);

}  // namespace relaypermit

// The hosted domain that a domain was most likely meant as. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "policy/policy_source.h"

namespace relaypermit {

// A hosted domain from which `domain`, or a domain above it, is one typing mistake away: a letter
// too many, too few, another or two exchanged. Empty where there is none, where the domain is one
// that the policy lists in its settings, or where names are too short to tell a mistake from a
// neighbour.
[[nodiscard]] std::string near_hosted_domain(const PolicySource& source, std::string_view domain);

}  // namespace relaypermit

// What can be wrong with the files of relaypermitd itself, whichever mail server asks it. Pure;
// any thread.
#pragma once

#include <string_view>

#include "tool/wiring/postfix_facts.h"
#include "tool/wiring/wiring_finding.h"

namespace relaypermit {

void check_policy_files(const PolicyFacts& facts, WiringFindings& findings);

// Where a setting of the policy stands; where it does not, the file.
[[nodiscard]] FileLine policy_line(const PolicyFacts& facts, std::string_view setting);

}  // namespace relaypermit

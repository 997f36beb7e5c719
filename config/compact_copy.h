// A policy that was read, of which the pieces lie side by side. Any thread.
#pragma once

#include "policy/policy_source.h"

namespace relaypermit {

// Small pieces that were read lie scattered between the nodes of the file, a few on each page, so
// that next to no page could go back to the system; and each reload would scatter them further. A
// new thread mostly allocates from an arena that nobody else uses (malloc(3)): the copy is made in
// one. What was read itself where there is no room for a copy, or no thread.
[[nodiscard]] PolicySource compact_copy(PolicySource scattered);

}  // namespace relaypermit

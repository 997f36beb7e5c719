// Names for grants that had none where they come from. Pure; any thread.
#pragma once

#include <vector>

#include "tool/wiring/owner_rules.h"

namespace relaypermit {

// Gives each an id of its own, from its login, its domain or its line; ids that stand stay, unless
// two are alike.
void name_grants(std::vector<ImportedGrant>& grants);

}  // namespace relaypermit

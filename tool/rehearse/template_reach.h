// Which addresses a sender template may turn out to be. Pure; any thread.
#pragma once

#include "policy/pattern.h"

namespace relaypermit {

// Whether the template `sender` may be this address for one of the logins of a pattern that is no
// exact one. Yes where in doubt. The time that it takes is that of one text times the other.
[[nodiscard]] bool may_be(const Pattern& sender, const Pattern& logins, const Address& address);

}  // namespace relaypermit

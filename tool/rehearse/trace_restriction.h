// What one [[restrict]] says of a message, as a step of its trace. Pure; any thread.
#pragma once

#include <optional>

#include "policy/restricted_login.h"
#include "tool/rehearse/trace.h"

namespace relaypermit {

// Whether it refuses, and why or why not; nullopt where it is not about this session. `reading` is
// of these facts, and `known_login` its login as restrictions know it, which costs too much to be
// made for each of them; null where there is no login. `about` is left empty.
[[nodiscard]] std::optional<TraceStep> trace_restriction(const Restriction& restriction,
                                                         const Policy& policy, const Facts& facts,
                                                         const Reading& reading,
                                                         const RestrictedLogin* known_login);

}  // namespace relaypermit

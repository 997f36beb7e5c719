// Whether the clock of this machine can be right. Asks the kernel and reads the file system; one
// thread.
#pragma once

#include "tool/wiring/path_facts.h"

namespace relaypermit {

struct ClockFacts {
    // This program as it lies on the disk: a clock that is behind it is wrong. It may not be found.
    PathFacts program{};
    // The kernel says that nobody keeps it right (STA_UNSYNC of adjtimex(2)), and that is this
    // machine's to do: a container, which may not set it, has the clock of its host.
    bool unkept{};
};

[[nodiscard]] ClockFacts look_at_clock();

}  // namespace relaypermit

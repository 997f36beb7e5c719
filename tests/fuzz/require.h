// How a fuzzer says that a property does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace relaypermit {

inline void require(bool holds, const char* property) {
    if (holds) return;
    std::fprintf(stderr, "property does not hold: %s\n", property);
    std::abort();
}

}  // namespace relaypermit

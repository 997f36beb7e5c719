#include "config/host_name.h"

#include <unistd.h>

#include <array>

namespace relaypermit {

std::string host_name() {
    std::array<char, 256> name{};
    // The last byte stays zero, whatever gethostname() makes of a longer name.
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace relaypermit

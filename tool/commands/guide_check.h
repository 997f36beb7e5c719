// guide --check: what of a guide that was written before does not hold any more. One thread.
#pragma once

#include <string>
#include <vector>

#include "tool/base/command.h"
#include "tool/guide/client_setup.h"

namespace relaypermit {

struct GuideCheck {
    std::string folder{};  // empty: the policy's
    bool live{};
    std::string ca_file{};                  // empty: the system's certificates
    std::vector<std::string> connect_to{};  // "HOST:PORT:ADDRESS:PORT"
    std::string resolver{};                 // "ADDRESS[:PORT]"; empty: the system's
};

// What the files in setup/ name, where the guide lies in `folder`: it, and this program by a name
// that a web server can start it by.
[[nodiscard]] SetupPlaces setup_places(const std::string& folder);

[[nodiscard]] Exit check_guide(const Context& context, GuideCheck wanted);

}  // namespace relaypermit

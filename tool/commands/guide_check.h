// guide --check: what of a guide that was written before does not hold any more. One thread.
#pragma once

#include <string>
#include <vector>

#include "tool/base/command.h"

namespace relaypermit {

struct GuideCheck {
    std::string folder{};
    bool live{};
    std::string ca_file{};                  // empty: the system's certificates
    std::vector<std::string> connect_to{};  // "HOST:PORT:ADDRESS:PORT"
};

[[nodiscard]] Exit check_guide(const Context& context, const GuideCheck& wanted);

}  // namespace relaypermit

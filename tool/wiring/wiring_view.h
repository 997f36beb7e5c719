// What doctor found, for people and as JSON. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "tool/base/terminal.h"
#include "tool/wiring/trial.h"
#include "tool/wiring/wiring_finding.h"

namespace relaypermit {

// A mail server that was looked at.
struct Examined {
    std::string server{};  // "Postfix 3.7.11"
    std::string of{};      // "/etc/postfix"
    WiringFindings findings{};
    std::vector<std::string> remarks{};  // what could not be looked into; a clause each
    std::vector<Trial> trials{};         // of --probe
};

// Each finding in three lines; then how many they are, or one line that all is well.
[[nodiscard]] std::string examined_as_text(const Examined& examined, const Terminal& terminal);
[[nodiscard]] std::string examined_as_json(const Examined& examined);

}  // namespace relaypermit

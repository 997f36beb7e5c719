// Grants of addresses with any extension, which stand apart where patterns answer for these first.
// One thread.
#pragma once

#include <string>
#include <vector>

#include "tool/wiring/owner_rules.h"

namespace relaypermit {

class ExtensionGrants {
  public:
    // `joins`: whether it may become one with another of the same logins and exceptions.
    void add(std::vector<std::string> logins, std::vector<std::string> senders,
             std::vector<std::string> except, const FileLine& origin, bool joins);
    // Behind `grants`, or into the one of the same line and logins where neither has exceptions.
    void move_to(std::vector<ImportedGrant>& grants);

  private:
    std::vector<ImportedGrant> grants_{};
};

}  // namespace relaypermit

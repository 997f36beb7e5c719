// Ids for rules that a program proposes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "policy/policy_source.h"

namespace relaypermit {

// Letters and digits of a name in lower case, with dashes between them, at most 24 bytes.
[[nodiscard]] std::string word_of(std::string_view text);

// Ids that no rule of a policy has, each given once.
class FreeIds {
  public:
    explicit FreeIds(const PolicySource& source);

    // `wanted`, or with a number behind it where that is taken.
    [[nodiscard]] std::string take(const std::string& wanted);

  private:
    std::unordered_set<std::string> taken_{};
    std::unordered_map<std::string, int> last_number_{};
};

}  // namespace relaypermit

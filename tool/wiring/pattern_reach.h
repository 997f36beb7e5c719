// What a line of a regexp or pcre table may answer for, as far as it can be told from the line.
// Pure but for
// what PatternReach is told; any thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tool/wiring/owner_answers.h"

namespace relaypermit {

// Whether a pattern may answer for an address.
[[nodiscard]] bool may_answer(const OwnerPattern& pattern, const std::string& address);

[[nodiscard]] bool includes(const OwnerLogins& all, const OwnerLogins& some);

// What the lines before another one answer, as patterns for the `except` of its grant. One thread.
class PatternReach {
  public:
    // `patterns`, in turn, must outlive this.
    explicit PatternReach(const std::vector<OwnerPattern>& patterns) : patterns_(patterns) {}

    // The pattern of this turn is a grant now.
    void carry(Turn turn) { carried_.insert(turn); }

    // Of all before `turn`, but those that give these logins their right themselves and, with a
    // domain, those that end in another one. nullopt where no pattern says it.
    [[nodiscard]] std::optional<std::vector<std::string>> before(
        Turn turn, const OwnerLogins& logins, bool templated, const std::string& domain = {}) const;

  private:
    const std::vector<OwnerPattern>& patterns_;
    std::set<Turn> carried_{};
};

}  // namespace relaypermit

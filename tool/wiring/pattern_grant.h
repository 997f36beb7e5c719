// One line of a regexp or pcre table as the patterns of a grant. Pure; any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "tool/wiring/owner_answers.h"

namespace relaypermit {

struct PatternGrant {
    std::string sender{};
    std::vector<std::string> except{};  // what the line itself and the `if` around it leave out
    std::vector<std::string> logins{};
};

// As if no other line were there. The error says in a clause what a policy cannot say of it.
[[nodiscard]] tl::expected<PatternGrant, std::string> pattern_grant(
    const OwnerPattern& pattern, const std::string& default_realm);

}  // namespace relaypermit

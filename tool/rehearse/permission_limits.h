// What restrictions, and causes that refuse nobody, make of a permission of `who`. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "tool/rehearse/who.h"

namespace relaypermit {

// "`sender-not-owned` is off"
[[nodiscard]] std::string not_refused(const Policy& policy, Cause cause);
// "a, b, c and 4 more", of a list of patterns.
[[nodiscard]] std::string joined_patterns(const LoginPatterns& patterns);
[[nodiscard]] std::string joined_patterns(const std::vector<PlacedPattern>& patterns);

// Adds to the conditions of `permission` each restriction that is not over and is about the login,
// about all logins that the pattern matches, or about some of these clients without a login.
void add_restrictions(const Policy& policy, const Login& login, TimePoint now,
                      Permission& permission);
void add_restrictions(const Policy& policy, const Pattern& logins, TimePoint now,
                      Permission& permission);
void add_restrictions(const Policy& policy, const Network& clients, TimePoint now,
                      Permission& permission);

}  // namespace relaypermit

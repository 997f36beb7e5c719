// What restrictions, and causes that refuse nobody, make of a permission of `who`. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/conditions.h"
#include "tool/rehearse/who.h"

namespace relaypermit {

inline constexpr const char* only_as_bounce = "only in From, with the null sender";
inline constexpr const char* if_hosted = "if a table that gives no answer hosts its domain";
inline constexpr const char* if_not_hosted = "unless a table that gives no answer hosts its domain";

// Until when, from where and in which fields a table or a grant grants, where it is not always,
// everywhere and in all; a grant's `visible` too.
[[nodiscard]] std::vector<std::string> limits_of(const GrantLimits& limits,
                                                 const GrantFields& fields, TimePoint now);
[[nodiscard]] std::vector<std::string> conditions_of(const Grant& grant, TimePoint now);
// What owns_itself() says; unknown where it turns on a domain table. `hosted`: its realm.
[[nodiscard]] Match may_own_itself(const PolicySource& source, const Login& login, Match hosted);

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

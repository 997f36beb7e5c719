// What a login may still do that no restriction names, and whether the policy takes two logins for
// one account. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace relaypermit {

// What stands between the parts of a login in the spellings that mail servers are known for.
inline constexpr std::string_view spelling_signs = "\\%!/*";

// The grants by which a login may send as an address that somebody may have: filled with
// `EXAMPLE\mallory` a template makes none. Points into `policy`.
[[nodiscard]] std::vector<const Grant*> grants_left(const Policy& policy, const Login& login,
                                                    TimePoint now);
// By one of these, or as itself where a From can hold its own address.
[[nodiscard]] bool may_send(const Policy& policy, const Login& login, TimePoint now);

// The grant by which one of two logins may send as the address of the other, as who are one account
// may: by a template, or because it is a grant of that address to that login alone. Null where
// there is none.
[[nodiscard]] const Grant* makes_one(const Policy& policy, const Login& a, const Login& b,
                                     TimePoint now);

}  // namespace relaypermit

// Whether an account is stopped, as a message of it would be judged: what a restriction says is not
// yet what is done. Pure; any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/login.h"
#include "policy/place.h"
#include "policy/policy.h"

namespace relaypermit {

// The account that an admin names, with the realm that it has or that is the only one. The error
// is a clause.
[[nodiscard]] tl::expected<Login, std::string> named_account(const Policy& policy,
                                                             const std::string& typed);

// The logins that an account may appear as, itself first. Where no default_realm makes them one, a
// mail server may hand over `mallory` as well as `mallory@example.com`.
[[nodiscard]] std::vector<Login> names_of(const Policy& policy, const Login& login);

// The restriction that suspends the login now, wherever it sends from; null where none does. Of
// several the one that lasts longest.
[[nodiscard]] const Restriction* suspension_of(const Policy& policy, const Login& login,
                                               TimePoint now);
// The one that suspends the first form that is suspended at all.
[[nodiscard]] const Restriction* suspension_of_any(const Policy& policy, const Login& login,
                                                   TimePoint now);
// When the first of the forms to be free is free again, as it is written; empty: none ever is.
[[nodiscard]] std::string suspended_until(const Policy& policy, const Login& login, TimePoint now);

// Of the settings that can keep a suspension from stopping anybody; as in Loaded::places.
using Places = std::map<std::string, Place, std::less<>>;

// Why the account may go on sending; empty where it may not: a message of each form is judged.
[[nodiscard]] std::string why_it_goes_on(const Policy& policy, const Places& places,
                                         const Login& login, TimePoint now);

}  // namespace relaypermit

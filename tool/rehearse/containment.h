// Whether one pattern, or one grant, covers everything that another does. Exact for exact and
// wildcard patterns; for regexes and templates it answers true only where that is certain, so a
// true is never wrong. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy_source.h"

namespace relaypermit {

// Everything that `inner` matches, `outer` matches too.
[[nodiscard]] bool login_contains(const Pattern& outer, const Pattern& inner);
// The same of senders, where alice@x covers alice+anything@x too.
[[nodiscard]] bool sender_contains(const Pattern& outer, const Pattern& inner,
                                   const std::string& subaddress_delimiter);

// Whatever login `inner` matches, a restriction of `outer` holds for it, by its base too.
[[nodiscard]] bool restriction_contains(const Pattern& outer, const Pattern& inner,
                                        const std::string& subaddress_delimiter);
[[nodiscard]] bool restriction_contains(const LoginPatterns& outer, const LoginPatterns& inner,
                                        const std::string& subaddress_delimiter);

// Every login, or client, of `inner` is one of `outer`.
[[nodiscard]] bool subjects_contain(const LoginPatterns& outer, const LoginPatterns& inner);
[[nodiscard]] bool subjects_contain(const std::vector<PlacedNetwork>& outer,
                                    const std::vector<PlacedNetwork>& inner);
// Every client of `inner` is in `outer`; an empty list is every client.
[[nodiscard]] bool networks_contain(const std::vector<Network>& outer,
                                    const std::vector<Network>& inner);
// No client is in both; an empty list is every client.
[[nodiscard]] bool disjoint(const std::vector<Network>& a, const std::vector<Network>& b);

// Whatever `inner` permits, and whenever, `outer` permits too.
[[nodiscard]] bool grant_contains(const Grant& outer, const Grant& inner,
                                  const std::string& subaddress_delimiter);

// The one address whose owner owns all that a prefix pattern matches: alice@x of alice+*@x.
[[nodiscard]] std::optional<Address> owner_of(const Pattern& prefix,
                                              const std::string& subaddress_delimiter);

// An exact pattern of a login as the login that it is.
[[nodiscard]] Login login_of(const Pattern& exact);

}  // namespace relaypermit

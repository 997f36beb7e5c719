// The words of a trace for logins, clients, networks and recipients. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy_source.h"
#include "policy/reading.h"

namespace relaypermit {

[[nodiscard]] std::string words_of(const Login& login);                      // "login `a@b`"
[[nodiscard]] std::string words_of(const std::optional<IpAddress>& client);  // "client 1.2.3.4"
// What a pattern says of the login that it matches: "is listed", "is in group sales".
[[nodiscard]] std::string words_of(const LoginPattern& pattern);
[[nodiscard]] std::string words_of(const std::vector<Network>& networks);  // "a, b"
[[nodiscard]] std::string words_of(const std::vector<std::string>& words);

// "looked up `bob@example.com`: 2 values, 1.3 ms".
[[nodiscard]] std::string words_of(const TableLookup& lookup);

// The first that matches; null where none does.
[[nodiscard]] const LoginPattern* login_pattern_of(const LoginPatterns& logins, const Login& login);
[[nodiscard]] const PlacedNetwork* network_of(const std::vector<PlacedNetwork>& networks,
                                              const std::optional<IpAddress>& client);

// Why a restriction by recipients refuses this one; empty where it does not.
[[nodiscard]] std::string why_not_allowed(const Restriction& restriction,
                                          const RecipientReading& reading,
                                          const Recipient& recipient);

}  // namespace relaypermit

// Policies of any size, for the benchmarks.
#pragma once

#include <cstddef>
#include <string>

#include "policy/policy_source.h"

namespace relaypermit::benchmark {

// As people write them: every alias names its logins and senders (in turn an address, a domain, a
// prefix, a template), each for a domain of its own.
[[nodiscard]] PolicySource mixed_policy(std::size_t aliases);
// The same for one login alone, which holds every grant.
[[nodiscard]] PolicySource one_login_policy(std::size_t aliases);
// Every alias is a prefix of its own, all in one domain: "user7-*@example.com".
[[nodiscard]] PolicySource prefix_policy(std::size_t aliases);
// Every alias is a regex on the login with a template, one domain each.
[[nodiscard]] PolicySource regex_policy(std::size_t aliases);

// mixed_policy() as a file.
[[nodiscard]] std::string mixed_policy_text(std::size_t aliases);

// The login of alias number `alias` of mixed_policy() and regex_policy(), and a sender that it
// grants.
[[nodiscard]] std::string login_of(std::size_t alias);
[[nodiscard]] std::string sender_of(std::size_t alias);

}  // namespace relaypermit::benchmark

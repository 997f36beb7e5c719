// Whom replies tell people to ask. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/policy_source.h"

namespace relaypermit {

// Of what fills in {contact}: it is never cut, because half of it helps nobody.
inline constexpr std::size_t max_contact_bytes = 60;

// `contact` of [server]; without one postmaster at the first hosted domain that is no pattern (RFC
// 5321 4.5.1 has every domain read it), or else at this server.
[[nodiscard]] std::string contact_of(const PolicySource& source);

// What is wrong with a contact, as a sentence part; empty where nothing is. Either one mail address
// or a short text that goes on "ask ...", such as "the help desk, phone 1234".
[[nodiscard]] std::string contact_fault(std::string_view contact);

}  // namespace relaypermit

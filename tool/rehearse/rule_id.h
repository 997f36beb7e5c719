// Ids for rules that a program proposes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "policy/policy_source.h"

namespace relaypermit {

// Letters and digits of a name in lower case, with dashes between them, at most 24 bytes.
[[nodiscard]] std::string word_of(std::string_view text);

// `wanted`, or with a number behind it where a rule of the policy has that id already.
[[nodiscard]] std::string free_id(const PolicySource& source, const std::string& wanted);

}  // namespace relaypermit

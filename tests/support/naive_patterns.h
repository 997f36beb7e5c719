// Patterns as the naive evaluator reads them: from their text, each time anew.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "policy/pattern.h"
#include "policy/policy_source.h"

namespace relaypermit::naive {

// What the placeholders of a sender template stand for, by name.
using Values = std::map<std::string, std::string>;

// `values`: of the login that a sender template is filled in for; null elsewhere, where braces are
// ordinary characters.
[[nodiscard]] bool matches(const Pattern& pattern, const Address& address, const Values* values,
                           const PolicySource& policy);

// Whether a login pattern matches, and with what values for the sender templates. A login may be
// written in any of the policy's spellings.
[[nodiscard]] std::optional<Values> matches(const Pattern& pattern, const Login& login,
                                            const PolicySource& policy);

[[nodiscard]] bool starts_with(const std::string& text, const std::string& start);
[[nodiscard]] bool ends_with(const std::string& text, const std::string& end);

}  // namespace relaypermit::naive

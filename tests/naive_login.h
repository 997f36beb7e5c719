// Whose login it is, as the naive evaluator reads it: every spelling tried letter by letter.
#pragma once

#include <optional>
#include <string>

#include "policy/facts.h"
#include "policy/policy_source.h"

namespace relaypermit::naive {

// none: not readable
[[nodiscard]] std::optional<Login> read_login(const PolicySource& policy, const Facts& facts);
// The same of text that needs no decoding.
[[nodiscard]] std::optional<Login> read_login(const PolicySource& policy, const std::string& text);

}  // namespace relaypermit::naive

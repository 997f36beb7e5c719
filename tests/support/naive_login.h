// Whose login it is, as the naive evaluator reads it: every spelling tried letter by letter.
#pragma once

#include <optional>
#include <string>

#include "policy/facts.h"
#include "policy/policy_source.h"

namespace relaypermit::naive {

// As it is written, blanks at its ends and all. none: not readable.
[[nodiscard]] std::optional<Login> read_as_it_is(const PolicySource& policy, const Facts& facts);
[[nodiscard]] bool has_blank_end(const Login& login);
// none: not readable, or with a blank at an end of its parts.
[[nodiscard]] std::optional<Login> read_login(const PolicySource& policy, const Facts& facts);
// The same of text that needs no decoding.
[[nodiscard]] std::optional<Login> read_login(const PolicySource& policy, const std::string& text);

}  // namespace relaypermit::naive

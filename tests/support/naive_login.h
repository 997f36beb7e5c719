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
// As it is typed or folded.
[[nodiscard]] bool has_many_delimiters(const PolicySource& policy, const Login& login);
// none: not readable, with a blank at an end of its parts, or with too many delimiters.
[[nodiscard]] std::optional<Login> read_login(const PolicySource& policy, const Facts& facts);
// Of a pattern, which needs no decoding; those with many delimiters are nobody's.
[[nodiscard]] std::optional<Login> read_login(const PolicySource& policy, const std::string& text);

}  // namespace relaypermit::naive

// What a restriction knows a login by, as the naive evaluator has it: each character by itself.
#pragma once

#include <string>
#include <vector>

#include "policy/policy_source.h"

namespace relaypermit::naive {

[[nodiscard]] std::string folded_text(const std::string& text, bool by_letters = false);
// The login, without its subaddress, and what a directory could take these for.
[[nodiscard]] std::vector<Login> names_to_restrict(const PolicySource& policy, const Login& login);
// Whether the pattern is a login that folds to this one.
[[nodiscard]] bool folds_to(const PolicySource& policy, const Pattern& pattern, const Login& login);

}  // namespace relaypermit::naive

// An imported policy against the mail server that it was imported from, over pairs of login and
// sender. Starts processes; one thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"
#include "tool/wiring/postfix_import.h"

namespace relaypermit {

struct PairDifference {
    std::string login{};
    std::string sender{};
    bool postfix_permits{};
    std::string why{};  // the policy's cause, or the rule that permits
};

struct Comparison {
    std::size_t logins{};
    std::size_t senders{};
    std::uint64_t pairs{};
    std::vector<PairDifference> differences{};
};

// All pairs of the logins and senders that the tables name, with one more of each domain and an
// extension of each address, and of those in `recorded`. `ask` answers for alias tables. The error
// is what postmap said.
[[nodiscard]] tl::expected<Comparison, std::string> compare_import(
    const Policy& policy, const PostfixImport& imported,
    const std::set<std::pair<std::string, std::string>>& recorded, const Ask& ask);

}  // namespace relaypermit

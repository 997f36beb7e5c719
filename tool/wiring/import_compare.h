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
    // Tables of Postfix that list nothing: of these only what is asked for is compared.
    std::vector<std::string> unlisted{};
};

// What is known besides the tables.
struct KnownPairs {
    std::set<std::pair<std::string, std::string>> recorded{};
    std::set<std::string> logins{};  // each is tried as itself too
};

// All pairs of the logins and senders that the tables name, with one more of each domain and an
// extension of each address, and of those that are known; where a table lists nothing, also the
// logins that it answers with, each as itself. `ask` answers for the tables of the policy. The
// error is what postmap said, or why one of these tables gives no answer.
[[nodiscard]] tl::expected<Comparison, std::string> compare_import(const Policy& policy,
                                                                   const PostfixImport& imported,
                                                                   const KnownPairs& known,
                                                                   const Ask& ask);

}  // namespace relaypermit

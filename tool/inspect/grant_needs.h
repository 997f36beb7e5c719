// Which grants a recorded refusal lacks: what suggest makes its entries of. Pure but for the tables
// that it asks; one thread.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "policy/rights.h"
#include "tool/inspect/rejudge.h"

namespace relaypermit {

// Of GrantField: which uses of an address a grant must cover.
using Fields = std::bitset<3>;

struct Need {
    std::string address{};  // address_key()
    Fields fields{};
};

// What one refusal lacks; `why` where no grant can help.
struct Needs {
    std::vector<Need> missing{};
    std::string why{};
    bool permitted{};  // by now: nothing is missing
    // Alias tables that may grant what is missing, and answered that they do not.
    std::vector<std::string> tables{};
};

// The cause of `judged` that a grant would take away, be it behind others that only monitor.
[[nodiscard]] std::optional<Cause> cause_for_a_grant(const Rejudged& judged);

// Under the policy at `now`. Refused at MAIL, the From that would have followed is unknown, and
// most likely the same: the grant is needed for every use.
[[nodiscard]] Needs needs_of(const Policy& policy, const Record& record, TimePoint now,
                             const Ask& ask);

}  // namespace relaypermit

// The checks of senders of all services of a Postfix as the one that a policy has. Pure; any
// thread.
#pragma once

#include <optional>
#include <vector>

#include "tool/wiring/import_text.h"
#include "tool/wiring/sender_checks.h"

namespace relaypermit {

// As strict as the strictest service: a policy has one check for all of them.
struct ChosenCheck {
    const ServiceChecks* service{};  // of `checks`; null: no service with logins knows owners
    // Whose sender alone is checked: where every service that checks says the same.
    std::optional<AccessTable> only{};
    bool spares_networks{};  // every service that checks does
};

// Adds to `left_out` each service for which the policy is another than its own check.
[[nodiscard]] ChosenCheck choose_check(const std::vector<ServiceChecks>& checks,
                                       std::vector<NotImported>& left_out);

// Adds the [cause.*] that say the same, and what they do not say to `left_out`. The domains and
// networks of `policy` are there already.
void add_causes(const std::vector<ServiceChecks>& checks, const ChosenCheck& chosen,
                ImportedPolicy& policy);

}  // namespace relaypermit

// What an access table of senders is in a policy: whose sender is checked, and which senders nobody
// uses without a login. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "tool/wiring/owner_rules.h"
#include "tool/wiring/sender_checks.h"

namespace relaypermit {

// Where an access table alone says who is checked (AccessTable::only_checks()): any login as any
// other sender. `extensions`: as of senders_of().
[[nodiscard]] std::vector<ImportedGrant> unchecked_grants(const AccessTable& table,
                                                          bool extensions);

// The senders that the table refuses to whoever has not logged in, as a policy refuses hosted ones.
struct RefusedOutsiders {
    bool is_cause{};  // [cause.hosted-sender-needs-login]
    std::vector<std::string> except_senders{};
    std::vector<NotImported> left_out{};
};
// `hosted`: all hosted domains, but for those of domain tables where these are not `all_listed`.
// `relays`: mail for other domains is taken too.
[[nodiscard]] RefusedOutsiders refused_outsiders(const RefusedSenders& refused,
                                                 const std::vector<std::string>& hosted,
                                                 bool all_listed, bool relays);

}  // namespace relaypermit

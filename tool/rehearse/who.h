// Who may send as an address, and as what a login may send: derived from the policy and what its
// alias tables say, at one time, from any network. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace relaypermit {

struct Permission {
    std::string subject{};  // a login, a pattern of logins, a network, "every login", "anyone"
    std::string sender{};   // who --login: the sender pattern, filled in for the login
    std::string rule{};     // an id, what is built in, or "cause.ID" where that refuses nobody
    Place place{};
    // What else must hold, or is worth knowing: "until 2027-01-31", "only from 198.51.100.0/24",
    // "suspended by cracked-2026-11".
    std::vector<std::string> conditions{};
    bool suspended{};  // wherever it sends from
    // Of anyone: the setting that leaves it open, and what closing that would break.
    std::string breaks{};
};

// What every login may do without a grant: report what it could not send. Its rule in Permission.
inline constexpr std::string_view bounce_rule = "bounce";

// Grants that are over at `now` are left out. `answers`: what the tables by sender say of the
// address, and domain tables of its domain; those by login cannot be asked whose it is. What turns
// on a domain table that is not among them, or gives no answer, says so.
[[nodiscard]] std::vector<Permission> who_may_send_as(const Policy& policy, const Address& address,
                                                      TimePoint now,
                                                      const std::vector<TableAnswer>& answers = {});
// `answers`: what the alias tables say of the login, and domain tables of its realm; likewise.
[[nodiscard]] std::vector<Permission> what_may_send(const Policy& policy, const Login& login,
                                                    const std::vector<TableAnswer>& answers,
                                                    TimePoint now);

}  // namespace relaypermit

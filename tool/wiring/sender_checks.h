// Which of Postfix' checks of senders against logins are in force, on which of its services.
// Pure but for read_access_sources(); any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tool/wiring/access_table.h"
#include "tool/wiring/postfix_settings.h"
#include "tool/wiring/sender_check.h"

namespace relaypermit {

// check_sender_access with a table that refuses: who gets past it, and where it stands.
struct RefusedSenders {
    AccessTable table{};
    FileLine origin{};       // of the list of restrictions
    bool spares_networks{};  // permit_mynetworks stands before it
    bool spares_logins{};    // permit_sasl_authenticated does
    bool spares_others{};    // something else does that may let a client past
};

struct ServiceChecks {
    const PostfixService* service{};
    bool has_login{};  // smtpd_sasl_auth_enable
    // Whether a client may get past its lists that has no login and is in no network of mynetworks.
    bool takes_strangers{true};
    SenderCheck with_login{SenderCheck::none};
    bool without_login{};               // reject_unauthenticated_sender_login_mismatch and its like
    bool spares_networks_with_login{};  // permit_mynetworks stands before each check in force
    bool spares_networks_without_login{};  // likewise
    FileLine without_login_origin{};       // of the list that this stands in
    std::string without_login_table{};     // the access table that answers with it, if one does
    FileLine origin{};                     // of the list that the check of logins stands in
    // The access table that alone says who is checked: a policy can say it, too.
    std::optional<AccessTable> only{};
    std::vector<RefusedSenders> refused{};
    std::string maps{};  // smtpd_sender_login_maps of this service
    FileLine maps_origin{};
    // What may let a client past the check: access tables before it, and a permit_... that makes
    // it dead.
    std::vector<NotImported> ahead{};
    // Access tables of senders that say more than can be told here.
    std::vector<NotImported> unread{};
};

// The tables of check_sender_access in any of these lists. Reads files and asks postmap(1).
[[nodiscard]] AccessSources read_access_sources(const PostfixSettings& settings);

// Of each smtpd in master.cf, in its order. The services are those of `settings`.
[[nodiscard]] std::vector<ServiceChecks> sender_checks(const PostfixSettings& settings,
                                                       const AccessSources& sources);

}  // namespace relaypermit

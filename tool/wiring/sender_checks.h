// Which of Postfix' checks of senders against logins are in force, on which of its services.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tool/wiring/postfix_settings.h"

namespace relaypermit {

// From what permits most to what permits least.
enum class SenderCheck : std::uint8_t {
    none,
    warned,  // warn_if_reject: only a line in the log
    known,   // reject_known_sender_login_mismatch: a sender that nobody owns is everybody's
    all,     // reject_authenticated_sender_login_mismatch, reject_sender_login_mismatch
};

struct ServiceChecks {
    const PostfixService* service{};
    bool has_login{};  // smtpd_sasl_auth_enable
    SenderCheck with_login{SenderCheck::none};
    bool without_login{};               // reject_unauthenticated_sender_login_mismatch and its like
    bool spares_networks_with_login{};  // permit_mynetworks stands before it
    bool spares_networks_without_login{};  // likewise
    FileLine origin{};                     // of the list that it stands in
    std::string maps{};                    // smtpd_sender_login_maps of this service
    FileLine maps_origin{};
    // What may let a client past the check: access tables before it, and a permit_... that makes
    // it dead.
    std::vector<NotImported> ahead{};
};

// Of each smtpd in master.cf, in its order. The services are those of `settings`.
[[nodiscard]] std::vector<ServiceChecks> sender_checks(const PostfixSettings& settings);

}  // namespace relaypermit

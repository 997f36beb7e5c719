// What the text of a refusal says beyond its cause: which of several remedies is the right one. A
// reason is one row: id, text, words for the admin. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/cause.h"

namespace relaypermit {

enum class Reason : std::uint8_t {
    none,  // the cause's own text
    // Of the login, whatever it sends as.
    login_unreadable,    // it cannot be used: two logins could look like it
    login_blank,         // a blank at one of its ends
    login_no_realm,      // owns nothing, and is a bare name without a default realm
    login_owns_nothing,  // neither by itself nor by any grant
    realm_not_served,    // the policy does not list the domain of the login
    // Of an envelope sender elsewhere; without one another provider has it.
    sender_made_up,   // by a program, from the name of its host
    sender_misspelt,  // one mistake away from a hosted domain
    // Of a From that is not owned.
    on_behalf,     // Sender is owned and From is not
    sender_field,  // From is owned and Sender is not
    redirect,      // Resent-From is owned
    // Of a From that cannot be read in one way only.
    from_missing,
    from_repeated,
    at_in_name,       // an @ in the display name is all that is wrong
    letters_in_name,  // of the display name, which not every program reads alike
    comma_in_name,    // `Acme, Inc. <john@example.com>`
    bare_word,        // an address without a domain
    several_addresses,
    sender_unusable,  // it is the Sender field
    // Of a restriction by clients.
    client_refused,  // the client has no login
};
inline constexpr std::size_t reason_count = 20;

struct ReasonRow {
    Reason reason{};
    std::string_view id{};    // "comma-in-name"
    std::string_view text{};  // with placeholders, by the rules of cause_rows.cpp
    // For the admin, as in CauseRow.
    std::string_view in_words{};
    std::string_view what_to_change{};
};

[[nodiscard]] const ReasonRow& row_of(Reason reason);
[[nodiscard]] std::string_view to_string(Reason reason);

// Whether a refusal for this cause can have this reason; for none always.
[[nodiscard]] bool fits(Reason reason, Cause cause);

// The reason that a recorded reply was written for; none where it was another text.
[[nodiscard]] Reason reason_of_reply(Cause cause, std::string_view reply);

}  // namespace relaypermit

// The sentence that a refused client gets. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace relaypermit {

inline constexpr std::size_t max_reply_bytes = 400;

// The reference that joins what the user saw to the record: eight characters of Crockford's
// base 32 (no I, L, O, U), of the low 40 bits.
[[nodiscard]] std::string format_reference(std::uint64_t bits);
// As a person types it: lower case, o for 0, i and l for 1. Empty where it is not a reference.
[[nodiscard]] std::string normalize_reference(std::string_view typed);

struct Reply {
    ReplyCode code{};
    // One line of printable ASCII, at most max_reply_bytes with code and reference, not yet
    // escaped for the milter protocol.
    std::string text{};
};

// "550 5.7.1 text", as on the wire and in the record.
[[nodiscard]] std::string to_string(const Reply& reply);
// For smfi_setreply(): both MTAs read %% as %, and a lone % loses the text (Sendmail 8.17: whole).
[[nodiscard]] std::string escape_percent(std::string_view text);

// The reply of a verdict that refuses (or, for monitor, the one that would have been given).
// Fills in the placeholders {login} {sender} {from} {recipient} {client} {port} {server} {cause}
// {rule}, adds the help address with #cause and "ref XXXXXXXX". Where it is too long the filled-in
// values are cut, never the address or the reference. What clients wrote cannot break the line:
// bytes outside printable ASCII become ?, and , : ; in the text become dashes (log summarisers
// cut there), addresses and the help address excepted. A text that would begin with "Relay access
// denied" or "Access denied" gets "Refused - " before it (fail2ban's stock filter bans on these).
[[nodiscard]] Reply render_reply(const Policy& policy, const Facts& facts, const Verdict& verdict,
                                 std::string_view reference);

// The placeholders that a text may use, without braces.
[[nodiscard]] bool is_placeholder(std::string_view name);

}  // namespace relaypermit

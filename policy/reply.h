// The sentence that a refused client gets. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace relaypermit {

inline constexpr std::size_t max_reply_bytes = 400;
// A longer help address is left out of replies (half of one helps nobody): an error of the policy.
inline constexpr std::size_t max_help_url_bytes = 160;

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

// The reply of a verdict that refuses (or, for monitor, the one that would have been given): the
// restriction's own text or else the cause's, with its placeholders {login} {sender} {from}
// {recipient} {client} {port} {server} {contact} {cause} {rule} {instead} {submission_port}
// {encryption} filled in, then the help address with #cause,
// then "ref XXXXXXXX". `reference` is one of format_reference(). A verdict without a cause has an
// empty reply.
//
// - Code: of the class that the outcome needs; a 5xx of a cause whose action is tempfail becomes
//   450 with the enhanced code's class 4.
// - Length: where it is too long the filled-in values are cut in their middle ("alexan...ple.com"),
//   the longest first; then the end of the text; never code, help address or reference.
// - What clients wrote cannot break the line: a character outside printable ASCII becomes ?.
// - , : ; of the *text* become dashes, because log summarisers cut there (pflogsumm). Those that
//   stand inside a web address, and a colon inside a word, stay: they are part of a value.
//   *Values* stay as they are, since an address or an IPv6 client must remain one; so a text puts
//   {client}, which can hold colons, behind what matters.
// - fail2ban's stock postfix filter bans a client whose refusal begins with words such as "Relay
//   access denied", "Access denied" or "User unknown": such a text gets "Refused - " before it.
// - A placeholder without a value says so in words that fit a sentence ("this device").
//
// `max_bytes`, of code and text together, is smaller where the way to the client carries less. A
// help address that would leave less than a third for the text is left out.
[[nodiscard]] Reply render_reply(const Policy& policy, const Facts& facts, const Verdict& verdict,
                                 std::string_view reference,
                                 std::size_t max_bytes = max_reply_bytes);

// The placeholders that a text may use, without braces.
[[nodiscard]] std::span<const std::string_view> placeholder_names();
[[nodiscard]] bool is_placeholder(std::string_view name);

}  // namespace relaypermit

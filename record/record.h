// One decision as it is kept: the line in syslog, the JSON object, the row of the store. Keys and
// their order are API. The line always parses back to the same record, whatever a client wrote
// into its fields. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/reply.h"
#include "policy/verdict.h"

namespace relaypermit {

inline constexpr std::size_t max_value_bytes = 256;
inline constexpr std::size_t max_recipients_named = 3;

// Which recipients are kept ([log] recipients).
enum class RecipientPrivacy : std::uint8_t { full, domain, none };

// Values are as the client or MTA gave them (not escaped), cut at max_value_bytes with a mark
// ("..." of its own escape, see format_line). Empty: absent, logged as "-".
struct Record {
    std::string queue_id{};  // empty: NOQUEUE
    Outcome verdict{};
    std::optional<Cause> cause{};
    std::string reference{};
    Stage stage{};
    std::string login{};
    std::string mechanism{};
    std::string sender{};  // "<>" for the null sender
    std::vector<std::string> from{};
    std::string header_sender{};
    std::vector<std::string> recipients{};  // at most max_recipients_named
    std::size_t recipient_count{};          // of the message so far
    std::string mailer{};
    std::string client{};
    std::uint16_t port{};
    std::string daemon{};
    Mta mta{};
    std::string tls{};
    std::string helo{};
    std::vector<std::string> rules{};
    std::vector<Cause> also{};
    std::string reply{};

    friend bool operator==(const Record&, const Record&) = default;
};

// A record of a decision. `reply` is empty for an accepted message.
[[nodiscard]] Record make_record(const Policy& policy, const Facts& facts, const Verdict& verdict,
                                 std::string_view queue_id, std::string_view reference,
                                 std::string_view reply, RecipientPrivacy privacy);

// "QUEUEID: verdict=reject cause=... reply=\"...\"": what follows "relaypermitd[812]: ".
// Printable ASCII without control characters; below 8 KiB.
[[nodiscard]] std::string format_line(const Record& record);

struct LineFault {
    std::string why{};
};
// The inverse of format_line(). Strict: keys, order and escapes as written there; anything else
// is a fault, so that a line that somebody forged in another field is none of ours.
[[nodiscard]] tl::expected<Record, LineFault> parse_line(std::string_view line);

}  // namespace relaypermit

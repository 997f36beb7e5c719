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
#include <vector>

#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/reading.h"
#include "policy/recipient_privacy.h"
#include "policy/reply.h"
#include "policy/verdict.h"

namespace relaypermit {

// Of a value, as it is written into a line (value.h); a longer one is cut and ends with "...".
// The reply alone may be as long as a reply can be.
inline constexpr std::size_t max_value_bytes = 256;
inline constexpr std::size_t max_queue_id_bytes = 64;
inline constexpr std::size_t max_recipients_named = 3;
// Of From addresses and of rules; where there were more, a last member "..." says so.
inline constexpr std::size_t max_listed = 5;

inline constexpr std::array all_outcomes = {Outcome::accept, Outcome::reject, Outcome::tempfail,
                                            Outcome::monitor, Outcome::mta_reject};
inline constexpr std::array all_stages = {Stage::mail, Stage::rcpt, Stage::headers};
inline constexpr std::array all_mtas = {Mta::postfix, Mta::sendmail};

// Values are as the client or MTA gave them (not escaped), cut as above. Empty: absent, logged as
// "-".
struct Record {
    std::string queue_id{};  // empty: NOQUEUE
    Outcome verdict{};
    std::optional<Cause> cause{};
    std::string reference{};
    Stage stage{};
    std::string login{};
    std::string mechanism{};
    std::string sender{};  // "<>" for the null sender
    // The addresses of From. Where it could not be read in one way only: the value of each From
    // field as received.
    std::vector<std::string> from{};
    std::string header_sender{};  // of Sender, likewise
    // A decision at RCPT is about one recipient, and names that one; one at the end of the message
    // names the first max_recipients_named. With RecipientPrivacy::domain "@example.com".
    std::vector<std::string> recipients{};
    std::size_t recipient_count{};  // of the message so far
    std::string mailer{};
    std::string client{};
    std::uint16_t port{};
    std::string daemon{};
    Mta mta{};
    std::string tls{};
    std::string helo{};
    std::vector<std::string> rules{};
    std::vector<Cause> also{};
    // What the message calls the program that wrote it; a claim, which decides nothing. nullopt:
    // not kept ([log] agent), and then no word of it stands anywhere.
    std::optional<std::string> agent{};
    std::string reply{};

    friend bool operator==(const Record&, const Record&) = default;
};

// A record of a decision, within the limits above; `reading` is of these facts. `reply` is empty
// for an accepted message; where recipients are not to be kept, it is rendered anew without the
// recipient.
[[nodiscard]] Record make_record(const Policy& policy, const Facts& facts, const Reading& reading,
                                 const Verdict& verdict, std::string_view queue_id,
                                 std::string_view reference, std::string_view reply,
                                 RecipientPrivacy privacy,
                                 std::optional<std::string> agent = std::nullopt);

// True: within_limits() would cut nothing. A quick look, which is enough for nearly every record;
// false may be either.
[[nodiscard]] bool plainly_within_limits(const Record& record);
// Cuts values and lists to the limits above; whether there was anything to cut. Once is enough.
// `value_bytes` below max_value_bytes cuts the values further.
[[nodiscard]] bool cut_to_limits(Record& record, std::size_t value_bytes = max_value_bytes);
[[nodiscard]] Record within_limits(Record record);

}  // namespace relaypermit

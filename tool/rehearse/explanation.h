// A message under a policy, explained: the verdict, the reply as the client would read it, the
// rules that were looked at, and what would permit it. Pure; any thread.
#pragma once

#include <string>

#include "record/record.h"
#include "tool/base/terminal.h"
#include "tool/rehearse/remedy.h"
#include "tool/rehearse/trace.h"

namespace relaypermit {

struct Explanation {
    Facts facts{};  // as far as the message came
    Verdict verdict{};
    std::string reply{};  // empty for an accepted message
    Record record{};
    Trace trace{};
    Remedy remedy{};
    bool only_recorded{};  // refused, were it not for mode = "monitor"
};

// A rehearsal has no reference; where a reply and a record have one, this stands.
inline constexpr std::string_view rehearsed_reference = "00000000";

// Plays the whole message as play() does.
[[nodiscard]] Explanation explain(const Policy& policy, const Facts& facts);

// The reply alone, as the client would read it; empty for an accepted message.
[[nodiscard]] std::string rehearsed_reply(const Policy& policy, const Facts& facts,
                                          const Verdict& verdict);

// For people.
[[nodiscard]] std::string to_text(const Explanation& explanation, const Terminal& terminal);
// The keys of the record, and "trace": a list of {rule, place, matched, why, about}, "advice",
// "alias", "still": the cause for which the message is refused even with that, and
// "only_recorded".
[[nodiscard]] std::string to_json_line(const Explanation& explanation);

// The steps alone, each line indented.
[[nodiscard]] std::string trace_as_text(const Trace& trace, const Terminal& terminal,
                                        std::size_t indent);
// Where a stage refuses: "MAIL", "RCPT", "the end of the message".
[[nodiscard]] std::string_view command_of(Stage stage);
// Why it is this cause, where more is known: "a name without an address: a comma in the name beside
// the address". Empty where nothing is.
[[nodiscard]] std::string because_of(const Verdict& verdict);
// "sender-not-owned at MAIL", "accept".
[[nodiscard]] std::string outcome_in_words(const Verdict& verdict);

}  // namespace relaypermit

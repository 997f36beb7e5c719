// A recorded decision under another policy: the record gives back as much of the facts as it kept,
// and the stages are played as far as the recorded message came. Any thread.
//
// What a record does not keep bounds what can be said: a message that was refused at MAIL has no
// recipients and no From on record, so at most it is "no longer refused at MAIL", never permitted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide.h"
#include "record/store.h"

namespace relaypermit {

// Why a decision cannot be taken again from its record.
enum class Unjudged : std::uint8_t {
    no,
    lookup_failed,  // what was not available then is not on record
    alias_table,    // it turns on a table that gave no answer
    cut,            // a value that matters was too long to be kept whole
    recipients,     // [log] recipients = "none" or "domain": what decides is not on record
    varied,         // a row for a flood of different decisions, of which the first alone is kept
};
[[nodiscard]] std::string_view to_string(Unjudged why);

struct Rejudged {
    Unjudged unjudged{};
    Outcome outcome{Outcome::accept};
    std::optional<Cause> cause{};
    std::vector<Cause> also{};
    Stage stage{};  // of the refusal, or the last that was played
    std::vector<std::string> rules{};
    std::string why{};  // as Verdict::why
    // Of the refusal or, where there was none, of the last stage played: for a reply.
    Verdict verdict{};

    [[nodiscard]] bool refused() const {
        return outcome == Outcome::reject || outcome == Outcome::tempfail;
    }
};

// Without `ask`, or where a table gives no answer, what turns on it is not judged.
[[nodiscard]] Rejudged rejudge(const Policy& policy, const Record& record, TimePoint now,
                               const Ask& ask = {});

enum class Change : std::uint8_t {
    none,
    newly_refused,       // it went through
    newly_permitted,     // refused at the end of the message: everything is on record
    passes_stage,        // no longer refused at MAIL or RCPT; what would have come next is unknown
    other_cause,         // refused as before, for another cause or with another answer (4xx, 5xx)
    no_objection,        // the mail server refused it by itself; the policy would not have
    no_longer_objected,  // it went through and a monitored cause objected, which does not now
};
// "newly-refused": as JSON and headings have it.
[[nodiscard]] std::string_view to_string(Change change);

// What the new policy changes of a recorded decision. Each message counts once: what a monitored
// cause objected to has a record of its own and is compared there, not at the message's `accept`.
[[nodiscard]] Change compare(const Record& record, const Rejudged& now);

}  // namespace relaypermit

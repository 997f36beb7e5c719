// A recorded decision explained: as it was decided then, and as the policy decides it now. Any
// thread.
#pragma once

#include <optional>
#include <string>

#include "policy/policy.h"
#include "tool/base/terminal.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/decision.h"
#include "tool/inspect/rejudge.h"
#include "tool/inspect/web_form.h"
#include "tool/rehearse/explanation.h"
#include "tool/rehearse/wrong_password.h"

namespace relaypermit {

struct RecordedExplanation {
    Decision decision{};
    // Where the login looks like a stolen account; then nothing that would permit it is said.
    std::optional<Suspect> suspect{};
    // Where the login puts strangers into From, one of whom this refusal is about.
    std::optional<WebForm> form{};
    // Of what the record has. Refused at MAIL or RCPT, its From is not on record: taken as the
    // sender, so that what is advised covers the rest of the message too.
    Explanation now{};
    bool refused_now{};
    // Where the mail log shows that a password was refused before: what was read then.
    std::optional<WrongPassword> wrong_password{};
    // Not judged again; why. Empty otherwise.
    std::string cannot{};
};

[[nodiscard]] RecordedExplanation explain_recorded(const Policy& policy, const Decision& decision,
                                                   TimePoint now, const Ask& ask = {},
                                                   std::optional<Suspect> suspect = {},
                                                   std::optional<WebForm> form = {});

[[nodiscard]] std::string to_text(const RecordedExplanation& explanation, const Terminal& terminal);
// {"recorded": the decision as a line of `log --json`, "suspected": whether the login looks like a
// stolen account or sends as many others, "now": {"verdict", "cause", ...}}, and
// "wrong_password" where a password was refused before.
[[nodiscard]] std::string to_json_line(const RecordedExplanation& explanation);

}  // namespace relaypermit

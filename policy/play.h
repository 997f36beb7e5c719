// A whole message at once, as a mail server would hand it over. Pure; any thread.
#pragma once

#include <string>

#include "policy/decide.h"

namespace relaypermit {

// A login in the form in which this MTA hands {auth_authen} over: Sendmail encodes it (xtext,
// RFC 3461 4).
[[nodiscard]] std::string as_handed_over(const std::string& login, Mta mta);

// Plays MAIL, each RCPT and the end of the headers; the first refusal decides. A monitored cause
// is accept, and mode = "monitor" is ignored (tests assume enforce): hand in the policy as it is.
// The answer of an accepted message is that of the last stage, with the rules of all stages and
// every table that one of them needed and `ask` was not there for.
[[nodiscard]] Verdict play(const Policy& policy, const Facts& facts, const Ask& ask = {});

}  // namespace relaypermit

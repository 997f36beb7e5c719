// A refused password: no milter is asked, so what the person reads is the MTA's own sentence, on
// Postfix with our words behind it (footers.h). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "policy/facts.h"
#include "policy/policy.h"
#include "tool/base/terminal.h"

namespace relaypermit {

// As a cause: in the help pages' addresses, and to explain.
inline constexpr std::string_view wrong_password_id = "wrong-password";

struct WrongPassword {
    std::string user{};  // whom the client said it was; may be empty
    std::string own{};   // the mail server's words, as the client reads them
    std::string more{};  // ours behind them, where footers are set up; empty where there are none

    // All that can be read.
    [[nodiscard]] std::string reply() const { return more.empty() ? own : own + " - " + more; }
};

// Of Postfix 3.4 and later with Cyrus SASL; Dovecot gives another reason. Of Sendmail 8.17.
[[nodiscard]] WrongPassword wrong_password(const Policy& policy, std::string_view user, Mta mta);

// For people, with what to change.
[[nodiscard]] std::string to_text(const WrongPassword& refusal, const Terminal& terminal);
// Verdict, cause, stage, login, reply and advice, named as in a record; "needs_footers", whether
// the reply is no more than "without_footers" where smtpd_reject_footer_maps is not set.
[[nodiscard]] std::string to_json_line(const WrongPassword& refusal);

}  // namespace relaypermit

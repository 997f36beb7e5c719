// What the mail server says by itself, with our words behind it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "policy/policy.h"

namespace relaypermit {

// A regexp table (regexp_table(5)) for Postfix's smtpd_reject_footer_maps: behind each of its own
// refusals that has to do with sending, what to do, whom to ask and the help address. A reply of
// relaypermitd ends with its reference and gets nothing more.
[[nodiscard]] std::string postfix_footers(const Policy& policy);

// What stands behind the reply to a wrong password.
[[nodiscard]] std::string words_for_wrong_password(const Policy& policy);

}  // namespace relaypermit

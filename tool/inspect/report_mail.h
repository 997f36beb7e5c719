// A report as a message that `sendmail -t` takes. Pure but for TZ; any thread.
#pragma once

#include <string>
#include <string_view>

#include "tool/inspect/report.h"

namespace relaypermit {

// What keeps a text from being the recipient in a header: as a sentence's end ("has a blank or
// ..."), empty where nothing does. One address, or the name of an account of this machine.
[[nodiscard]] std::string recipient_fault(std::string_view recipient);

// A whole message (RFC 5322) to `recipient`, without Date and From, which sendmail(8) adds. The
// subject says how many refusals there were and begins alike each time, so that filters find it;
// the text is that of report_as_text(). `server` as there.
[[nodiscard]] std::string report_as_mail(const Report& report, std::string_view recipient,
                                         std::string_view server);

}  // namespace relaypermit

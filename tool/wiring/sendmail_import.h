// The relay rules that a Sendmail has today as a policy: whom it delivers for (class w), for whom
// it relays (class R, RELAY of the access map), the ports of mail programs. It knows no owners of
// senders. Reads files; one thread.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "tool/wiring/import_text.h"

namespace relaypermit {

// `file` is the sendmail.cf that m4 made. The error says why it cannot be read.
[[nodiscard]] tl::expected<ImportedPolicy, std::string> import_sendmail(const std::string& file);

}  // namespace relaypermit

// Tables behind a server of the socketmap protocol (socketmap_table(5) of Postfix, Sendmail's
// doc/op). Any thread.
#pragma once

#include <memory>

#include "config/socketmap_settings.h"
#include "tables/connector.h"

namespace relaypermit {

// Asks for the login's place among the values, whatever stands there. The whole answer is one
// value. NOTFOUND is none; TEMP, TIMEOUT and PERM are faults with the server's reason.
[[nodiscard]] std::unique_ptr<Connector> make_socketmap_connector(
    const SocketmapSettings& settings);

}  // namespace relaypermit

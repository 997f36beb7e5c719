// config-v1.1.xml, which Thunderbird, K-9, Evolution, KMail, FairEmail, Delta Chat and others ask
// the domain of an address for (draft-ietf-mailmaint-autoconfig, and Thunderbird's
// readFromXML.sys.mjs). One file serves any number of domains. Pure; any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "tool/guide/client_config.h"

namespace relaypermit {

inline constexpr std::string_view autoconfig_name = "config-v1.1.xml";

// `config` has domains, incoming servers, and user names that are made of the address. The error
// is a fault of the tool.
[[nodiscard]] tl::expected<std::string, std::string> autoconfig_xml(const ClientConfig& config);

}  // namespace relaypermit

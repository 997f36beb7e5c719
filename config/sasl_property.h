// Which of Cyrus SASL's auxiliary properties may hold sender patterns. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

// Why a property of this name is not read as sender patterns; empty: it is. SASL keeps passwords
// and their hashes as properties too, whose values must not reach a log as entries that are no
// patterns; and the name goes into SQL statements of SASL's sql plugin as it is.
[[nodiscard]] std::string why_no_sender_property(std::string_view name);

}  // namespace relaypermit

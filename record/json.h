// A record as a JSON object. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "record/record.h"

namespace relaypermit {

// The keys of a line in their order, "queue" before them and "rcpt_count" behind "rcpt". Lists
// ("from", "rcpt", "rule", "also") are arrays, empty where a line has `-`; "port" is a number;
// whatever else is absent is null. Values are not escaped; a byte that is not UTF-8 (JSON cannot
// hold one) becomes U+FFFD, so dump() never throws.
[[nodiscard]] nlohmann::ordered_json to_json(const Record& record);

}  // namespace relaypermit

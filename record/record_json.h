// A record as JSON. Pure; any thread.
#pragma once

#include <string>

#include "record/json_writer.h"
#include "record/record.h"

namespace relaypermit {

// A record alone, on one line: the keys of a line in the log and their order, with "queue" and
// "rcpt_count". Lists ("from", "rcpt", "rule", "also") are arrays, empty where a line has `-`;
// "port" is a number; whatever else is absent is null. Values are not escaped as a line has them.
[[nodiscard]] std::string to_json_text(const Record& record);

// The members of the same object, into one that is open.
void write_members(JsonWriter& json, const Record& record);

}  // namespace relaypermit

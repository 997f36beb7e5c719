// What `relaypermit status` prints of one daemon. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "record/json_writer.h"
#include "tool/base/terminal.h"
#include "tool/commands/daemons.h"

namespace relaypermit {

// What is wrong with it, a clause each: an old policy in force, a store or a table in trouble.
[[nodiscard]] std::vector<std::string> troubles_of(const DaemonStatus& status);

[[nodiscard]] std::string status_as_text(const Daemon& daemon, const Terminal& terminal);
void status_as_json(const Daemon& daemon, JsonWriter& json);

}  // namespace relaypermit

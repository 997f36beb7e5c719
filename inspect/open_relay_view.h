// The statement of open_relay.h for people and for scripts. Pure; any thread.
#pragma once

#include <string>

#include "config/load.h"
#include "inspect/json_writer.h"
#include "inspect/terminal.h"

namespace relaypermit {

// `loaded` has a policy. Lines, each ending with a newline. No sender, recipient or network is ever
// cut: where they are too many for the terminal's width they go on in further lines.
[[nodiscard]] std::string open_relay_statement(const Loaded& loaded, TimePoint now,
                                               const Terminal& terminal);

// The same as an array, the ordinary ways included.
void write_open_relay(JsonWriter& json, const Loaded& loaded, TimePoint now);

}  // namespace relaypermit

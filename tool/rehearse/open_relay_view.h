// The statement of open_relay.h for people and for scripts. Pure; any thread.
#pragma once

#include <string>

#include "config/load.h"
#include "record/json_writer.h"
#include "tool/base/terminal.h"

namespace relaypermit {

// Who may relay, and what is open beside that. `loaded` has a policy. Lines, each ending with a
// newline. No sender, recipient or network is ever cut: where they are too many for the terminal's
// width they go on in further lines.
[[nodiscard]] std::string open_relay_statement(const Loaded& loaded, TimePoint now,
                                               const Terminal& terminal);

// The ways to relay of it as an array, the ordinary ways included.
void write_open_relay(JsonWriter& json, const Loaded& loaded, TimePoint now);

// What else is open (open_inside.h), as an array.
void write_open_settings(JsonWriter& json, const Loaded& loaded);

}  // namespace relaypermit

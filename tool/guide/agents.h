// Which program a message calls its own: agent= of a record against `agents` of the programs' data.
// A claim of the sender's, good for choosing a page of help. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/guide/program.h"

namespace relaypermit {

// The id of the program of which the longest part stands in `agent`, as it is written; empty: none.
[[nodiscard]] std::string_view program_of_agent(const std::vector<GuideProgram>& programs,
                                                std::string_view agent);

// That two programs claim the same part, as a sentence; nullopt: none do.
[[nodiscard]] std::optional<std::string> agent_of_two(const std::vector<GuideProgram>& programs);

}  // namespace relaypermit

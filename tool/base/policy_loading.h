// The policy that a command works on. Reads files; one thread.
#pragma once

#include <optional>
#include <string>

#include "config/host_name.h"
#include "config/load.h"
#include "tool/base/command.h"

namespace relaypermit {

// The policy of `path` and its policy.d. Where it has mistakes they are all said on context.err,
// and the answer is empty: the command returns Exit::failed.
[[nodiscard]] std::optional<Loaded> load_or_complain(const Context& context,
                                                     const std::string& path);

}  // namespace relaypermit

// Rights that stand in a list of somebody's own: a line each of login and sender. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "tool/wiring/import_text.h"

namespace relaypermit {

// "login,sender" a line, with or without quotes; `@domain` and `*@domain` are all of a domain. A
// first line that holds no @ is the heading. `name` is the file's.
[[nodiscard]] ImportedPolicy import_csv(std::string_view text, const std::string& name);

}  // namespace relaypermit

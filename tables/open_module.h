// Kinds of tables that pull in a client library of their own are shared objects, which a program
// loads when a policy has such a table (docs/decisions/modules.md). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tables/table_module.h"

namespace relaypermit {

// Loads KIND.so from lib/relaypermit below the prefix that the program is installed below, or else
// the one that it was built for; from $RELAYPERMIT_MODULES, which is for the tests of a tree. It
// stays until the process ends. The error says which package to install where the module or its
// library is missing, and to restart where the module is of another version.
[[nodiscard]] tl::expected<const TableModule*, std::string> open_module(std::string_view kind);

}  // namespace relaypermit

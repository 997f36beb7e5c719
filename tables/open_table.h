// Opens the alias tables that a policy names, each by its kind. Any thread.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "config/settings.h"
#include "tables/alias_table.h"

namespace relaypermit {

using OpenedTable = tl::expected<std::unique_ptr<AliasTable>, std::string>;

// The error says what is wrong with which setting ("`/etc/relaypermit/sasl` has no
// relaypermit.conf").
[[nodiscard]] OpenedTable open_table(const TableSettings& settings);

}  // namespace relaypermit

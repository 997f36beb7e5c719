// What the values of an alias table mean. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/pattern.h"
#include "policy/table_by.h"
#include "tables/address_rules.h"

namespace relaypermit {

// A value may hold several, apart by commas or blanks outside of quotes.
[[nodiscard]] std::vector<std::string> split_value(std::string_view value);

// A sender pattern by login, a login pattern by sender, as in [[alias]]; `@domain` is `*@domain`,
// as everybody writes it in tables. A regex is neither. The error says why not.
[[nodiscard]] tl::expected<Pattern, std::string> pattern_of_value(const std::string& value,
                                                                  TableBy by,
                                                                  const AddressRules& rules);

// Whether a value of a domain table says that it has the domain not: nothing, or what databases
// print for false, as of EXISTS(...), COUNT(*) or a column `active`.
[[nodiscard]] bool means_no(std::string_view value);

// Whether a value that is no pattern may be shown: one without an @ may be a password that somebody
// put into the wrong column.
[[nodiscard]] bool may_be_shown(std::string_view value);

}  // namespace relaypermit

// Rules written as TOML, as the reader of policies takes them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/policy_source.h"

namespace relaypermit {

// A basic string with its quotes.
[[nodiscard]] std::string toml_string(std::string_view text);
// ["a", "b"], one a line where it is long.
[[nodiscard]] std::string toml_list(const std::vector<std::string>& texts);

// An [[alias]] or [[restrict]] entry; what is the default is left out.
[[nodiscard]] std::string alias_as_toml(const Grant& grant);
[[nodiscard]] std::string restriction_as_toml(const Restriction& restriction);
// The keys of an [[alias_table]] that say what it grants at most, and their values.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> limits_as_toml(
    const TableSource& table);
// The lines of a [cause.<id>] that say for whom it is off; empty where for nobody.
[[nodiscard]] std::string exceptions_as_toml(const CauseExceptions& except);

}  // namespace relaypermit

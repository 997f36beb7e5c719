// A table of Postfix that asks a database or a directory, as an alias table by sender or a domain
// table that asks the same: mysql_table(5), pgsql_table(5), sqlite_table(5), ldap_table(5). Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/placeholders.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {

struct QueriedTable {
    std::string type{};                                       // of [[alias_table]]
    std::vector<std::pair<std::string, std::string>> keys{};  // with their values in TOML
    std::vector<std::string> remarks{};  // what an admin has to do or to know, a sentence each
    // Why Postfix never finds a domain in it, a clause; empty: it may.
    std::string never{};
    // Whether all that it finds for a domain is a yes to a domain table too: proven, not guessed.
    bool all_say_yes{true};
};

// `of`: whether Postfix asks it for addresses, or for domains alone, which are no user@domain.
// `type` is Postfix's, `name` the table's there, for the name of a password's file; `lines` are
// those of its file. An expansion within a string of SQL becomes a parameter that is joined to the
// rest of the string, so that no value becomes part of the statement. The error says in a clause
// what a table of a policy cannot do that this one does.
[[nodiscard]] tl::expected<QueriedTable, std::string> queried_table(
    std::string_view type, std::string_view name, const std::vector<LogicalLine>& lines,
    QueryOf of);

}  // namespace relaypermit

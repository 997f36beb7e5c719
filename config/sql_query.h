// The query of an alias table in SQL: one statement, in which `:login`, `:user`, `:domain` and
// `:sender` stand for values that only ever travel as bound parameters. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/placeholders.h"

namespace relaypermit {

enum class SqlDialect : std::uint8_t { sqlite, postgresql, mysql };

struct SqlQuery {
    std::string written{};                  // as the policy has it
    std::string text{};                     // with the dialect's parameters, `?` or `$1`
    std::vector<Placeholder> parameters{};  // one for each of them, in their order

    friend bool operator==(const SqlQuery&, const SqlQuery&) = default;
};

// Reads as much of the dialect as it takes to know what is quoted: strings, names, comments,
// PostgreSQL's dollar quotes. A fault: a placeholder between quotes or in a comment, where it would
// be text; an unknown one; the dialect's own parameters; a second statement; what is not closed;
// and a query without any placeholder, which would answer every login alike. A semicolon at the
// end goes. MySQL's backslashes are read as its default sql_mode does.
[[nodiscard]] tl::expected<SqlQuery, QueryFault> parse_sql_query(std::string_view text,
                                                                 SqlDialect dialect, QueryOf of);

}  // namespace relaypermit

// What alias tables in SQL databases have beside what all tables have: a file of SQLite, or a
// server of PostgreSQL, MariaDB or MySQL, and the query. Values; any thread.
#pragma once

#include <string>

#include "config/sql_query.h"
#include "config/table_url.h"

namespace relaypermit {

struct SqliteSettings {
    std::string path{};
    SqlQuery query{};

    friend bool operator==(const SqliteSettings&, const SqliteSettings&) = default;
};

struct PostgresqlSettings {
    ServerSettings server{};
    SqlQuery query{};

    friend bool operator==(const PostgresqlSettings&, const PostgresqlSettings&) = default;
};

struct MysqlSettings {
    ServerSettings server{};
    SqlQuery query{};

    friend bool operator==(const MysqlSettings&, const MysqlSettings&) = default;
};

}  // namespace relaypermit

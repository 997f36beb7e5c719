#include "config/sql_settings.h"

#include <array>

#include "config/server_rows.h"

namespace relaypermit {
namespace {

template <class Kind, SqlDialect dialect>
constexpr Row<TableDraft> query_row() {
    return {{"query", ValueType::string, ""},
            [](Reader& reader, const Node& value, TableDraft& table) {
                auto query = parse_sql_query(value.text(), dialect, table.query_of());
                if (query)
                    std::get<Kind>(table.settings.of_kind).query = *std::move(query);
                else
                    say(reader, value, query.error());
            }};
}

void require_query(Reader& reader, const Node& table, const TableDraft& read) {
    require(reader, table, table.find("query"), read.section, "query",
            read.example("as in \"SELECT sender FROM senders WHERE login = :login\"",
                         "as in \"SELECT 1 FROM domains WHERE name = :domain\""));
}

const Row<TableDraft> sqlite_rows[] = {
    {{"path", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         take_full_path(reader, value, std::get<SqliteSettings>(table.settings.of_kind).path);
     }},
    query_row<SqliteSettings, SqlDialect::sqlite>(),
};

void check_sqlite(Reader& reader, const Node& table, const TableDraft& read) {
    require(reader, table, table.find("path"), read.section, "path",
            "the database's file, as in \"/var/lib/mail/users.db\"");
    require_query(reader, table, read);
}

TableValues sqlite_values(const TableSettings& read) {
    const auto& sqlite = std::get<SqliteSettings>(read.of_kind);
    return {{"path", sqlite.path}, {"query", sqlite.query.written}};
}

constexpr std::array<std::string_view, 2> postgresql_schemes = {"postgresql", "postgres"};
constexpr std::array<std::string_view, 2> mysql_schemes = {"mysql", "mariadb"};

const Row<TableDraft> postgresql_rows[] = {
    url_row<PostgresqlSettings, postgresql_schemes>(),
    ca_file_row<PostgresqlSettings>(),
    password_file_row<PostgresqlSettings>(),
    query_row<PostgresqlSettings, SqlDialect::postgresql>(),
};

const Row<TableDraft> mysql_rows[] = {
    url_row<MysqlSettings, mysql_schemes>(),
    ca_file_row<MysqlSettings>(),
    password_file_row<MysqlSettings>(),
    query_row<MysqlSettings, SqlDialect::mysql>(),
};

// A library would take the name of the process's user for either.
void check_account(Reader& reader, const Node& table, const TableUrl& url) {
    if (url.scheme.empty() || (!url.user.empty() && !url.path.empty())) return;
    reader.error(table.find("url")->position,
                 url.user.empty() ? "the url names no user" : "the url names no database",
                 url.scheme + "://USER@HOST/DATABASE");
}

template <class Kind>
void check_server(Reader& reader, const Node& table, const TableDraft& read) {
    const std::string type(kind_of(read.settings).type);
    require(reader, table, table.find("url"), read.section, "url",
            "as in \"" + type + "://relaypermit@db.example.com/mail\"");
    require_query(reader, table, read);
    check_account(reader, table, std::get<Kind>(read.settings.of_kind).server.url);
}

template <class Kind>
TableValues server_values(const TableSettings& read) {
    const auto& settings = std::get<Kind>(read.of_kind);
    TableValues values = values_of(settings.server);
    values.push_back({"query", settings.query.written});
    return values;
}

template <class Kind>
std::vector<Placeholder> placeholders(const TableSettings& read) {
    return std::get<Kind>(read.of_kind).query.parameters;
}

}  // namespace

TableKind postgresql_kind() {
    return {"postgresql",
            PostgresqlSettings{},
            postgresql_rows,
            check_server<PostgresqlSettings>,
            server_values<PostgresqlSettings>,
            "query",
            placeholders<PostgresqlSettings>};
}

TableKind mysql_kind() {
    return {"mysql",
            MysqlSettings{},
            mysql_rows,
            check_server<MysqlSettings>,
            server_values<MysqlSettings>,
            "query",
            placeholders<MysqlSettings>};
}

TableKind sqlite_kind() {
    return {"sqlite",
            SqliteSettings{},
            sqlite_rows,
            check_sqlite,
            sqlite_values,
            "query",
            placeholders<SqliteSettings>};
}

}  // namespace relaypermit

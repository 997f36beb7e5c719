#include "tables/open_table.h"

#include <chrono>
#include <utility>

#include "config/table_kind.h"
#include "tables/cdb_rows.h"
#include "tables/file_table.h"
#include "tables/lmdb_rows.h"
#include "tables/open_module.h"
#include "tables/sasl_table.h"
#include "tables/server_table.h"
#include "tables/socketmap_connector.h"
#include "tables/sqlite_connector.h"
#include "tables/text_rows.h"

namespace relaypermit {

namespace {

// A kind for each of TableSettings::OfKind.
OpenedTable open(const TableSettings& /*table*/, const SaslSettings& sasl) {
    return SaslTable::open(sasl.directory, sasl.property);
}
OpenedTable open(const TableSettings& table, const FileSettings& file) {
    return FileTable::open(file.path,
                           table.by == TableBy::domain ? open_domain_list : open_text_rows,
                           std::chrono::seconds(1));
}
OpenedTable open(const TableSettings& /*table*/, const CdbSettings& cdb) {
    return FileTable::open(cdb.path, open_cdb_rows, std::chrono::seconds(0));
}
OpenedTable open(const TableSettings& /*table*/, const LmdbSettings& lmdb) {
    return FileTable::open(lmdb.path, open_lmdb_rows, std::chrono::seconds(0));
}

// Whether the server answers shows with the first lookup: it may be down for now.
OpenedTable open_server(const TableSettings& table, std::vector<Placeholder> placeholders,
                        const ServerSettings& server, bool folds_letters = false) {
    const auto module = open_module(kind_of(table).type);
    if (!module) return tl::make_unexpected(module.error());
    auto connector = (*module)->make(table);
    if (!connector) return tl::make_unexpected(std::move(connector.error()));
    return std::make_unique<ServerTable>(
        *std::move(connector), ServerTable::Options{std::move(placeholders), table.timeout_ms,
                                                    server.password_file, false, folds_letters});
}

OpenedTable open(const TableSettings& table, const PostgresqlSettings& postgresql) {
    return open_server(table, postgresql.query.parameters, postgresql.server);
}

OpenedTable open(const TableSettings& table, const MysqlSettings& mysql) {
    return open_server(table, mysql.query.parameters, mysql.server, true);
}

OpenedTable open(const TableSettings& table, const RedisSettings& redis) {
    return open_server(table, placeholders_of(redis), redis.server);
}

OpenedTable open(const TableSettings& table, const LdapSettings& ldap) {
    return open_server(table, placeholders_of(ldap.filter), ldap.server, true);
}

OpenedTable open(const TableSettings& table, const SocketmapSettings& socketmap) {
    return std::make_unique<ServerTable>(
        make_socketmap_connector(socketmap),
        ServerTable::Options{{Placeholder::login}, table.timeout_ms, {}, true});
}

// A file that is not there and a query that it does not take are said at once: they are this
// machine's.
OpenedTable open(const TableSettings& table, const SqliteSettings& sqlite) {
    auto opened = std::make_unique<ServerTable>(
        make_sqlite_connector(sqlite),
        ServerTable::Options{sqlite.query.parameters, table.timeout_ms, {}, false});
    if (auto tried = opened->try_connect();
        !tried && tried.error().of != ConnectorFault::Of::timeout)
        return tl::make_unexpected(std::move(tried.error().why));
    return opened;
}

}  // namespace

OpenedTable open_table(const TableSettings& settings) {
    return std::visit([&](const auto& of_kind) { return open(settings, of_kind); },
                      settings.of_kind);
}

}  // namespace relaypermit

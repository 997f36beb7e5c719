#include "config/table_kind.h"

#include <algorithm>

namespace relaypermit {

const std::vector<TableKind>& table_kinds() {
    static const std::vector<TableKind> kinds = {
        sasl_kind(),       file_kind(),  cdb_kind(),   lmdb_kind(),      sqlite_kind(),
        postgresql_kind(), mysql_kind(), redis_kind(), socketmap_kind(), ldap_kind()};
    return kinds;
}

const TableKind& kind_of(const TableSettings& table) {
    return *std::find_if(table_kinds().begin(), table_kinds().end(), [&](const TableKind& kind) {
        return kind.settings.index() == table.of_kind.index();
    });
}

std::string in_words(const TableSettings& table) {
    return (table.by == TableBy::domain ? "domain table " : "alias table ") + table.id;
}

}  // namespace relaypermit

#include "config/file_settings.h"

#include "config/rule_values.h"
#include "config/table_kind.h"

namespace relaypermit {
namespace {

template <typename Kind>
const Row<TableDraft> rows[] = {
    {{"path", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         if (!value.text().starts_with('/'))
             reader.error(value.position,
                          in_backticks(value.text()) + " is not the full path of a file",
                          "as in \"/etc/relaypermit/senders\"");
         std::get<Kind>(table.settings.of_kind).path = value.text();
     }},
};

void check(Reader& reader, const Node& table, const TableDraft& read) {
    require(
        reader, table, table.find("path"), read.section, "path",
        read.example("as in \"/etc/relaypermit/senders\"", "as in \"/etc/relaypermit/domains\""));
}

template <typename Kind>
TableValues values(const TableSettings& read) {
    return {{"path", std::get<Kind>(read.of_kind).path}};
}

template <typename Kind>
TableKind kind(std::string_view type) {
    return {type, Kind{}, rows<Kind>, check, values<Kind>};
}

}  // namespace

TableKind file_kind() {
    return kind<FileSettings>("file");
}
TableKind cdb_kind() {
    return kind<CdbSettings>("cdb");
}
TableKind lmdb_kind() {
    return kind<LmdbSettings>("lmdb");
}

}  // namespace relaypermit

#include "tables/open_table.h"

#include "tables/cdb_rows.h"
#include "tables/file_table.h"
#include "tables/lmdb_rows.h"
#include "tables/sasl_table.h"
#include "tables/text_rows.h"

namespace relaypermit {

namespace {

// A kind for each of TableSettings::OfKind.
OpenedTable open(const SaslSettings& sasl) {
    return SaslTable::open(sasl.directory, sasl.property);
}
OpenedTable open(const FileSettings& file) {
    return FileTable::open(file.path, open_text_rows, std::chrono::seconds(1));
}
OpenedTable open(const CdbSettings& cdb) {
    return FileTable::open(cdb.path, open_cdb_rows, std::chrono::seconds(0));
}
OpenedTable open(const LmdbSettings& lmdb) {
    return FileTable::open(lmdb.path, open_lmdb_rows, std::chrono::seconds(0));
}

}  // namespace

OpenedTable open_table(const TableSettings& settings) {
    return std::visit([](const auto& of_kind) { return open(of_kind); }, settings.of_kind);
}

}  // namespace relaypermit

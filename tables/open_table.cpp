#include "tables/open_table.h"

#include "tables/sasl_table.h"

namespace relaypermit {

namespace {

// A kind for each of TableSettings::OfKind.
OpenedTable open(const SaslSettings& sasl) {
    return SaslTable::open(sasl.directory, sasl.property);
}

}  // namespace

OpenedTable open_table(const TableSettings& settings) {
    return std::visit([](const auto& of_kind) { return open(of_kind); }, settings.of_kind);
}

}  // namespace relaypermit

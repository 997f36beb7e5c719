#include "tables/alias_table.h"
#include "tables/sasl_table.h"

namespace relaypermit {

tl::expected<std::unique_ptr<AliasTable>, std::string> open_table(const TableSettings& settings) {
    if (settings.type != "sasl")
        return tl::make_unexpected("unknown type `" + settings.type + "` of an alias table");
    return SaslTable::open(settings.config, settings.property)
        .map([](std::unique_ptr<SaslTable> table) -> std::unique_ptr<AliasTable> { return table; });
}

}  // namespace relaypermit

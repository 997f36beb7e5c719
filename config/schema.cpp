#include "config/schema.h"

#include "config/sections.h"

namespace relaypermit {

const std::vector<TableInfo>& policy_schema() {
    static const std::vector<TableInfo> schema = [] {
        std::vector<TableInfo> all;
        for (const auto& part :
             {general_tables(), group_tables(), alias_tables(), restriction_tables(),
              alias_table_tables(), domain_table_tables(), cause_tables(), test_tables()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return schema;
}

}  // namespace relaypermit

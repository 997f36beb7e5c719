#include "tool/base/inline_table.h"

#include "policy/ascii.h"
#include "policy/login.h"

namespace relaypermit {

InlineTable::InlineTable(const CaseTable& table, TableBy by, const PolicySource& source)
    : by_(by), down_(table.down) {
    for (const CaseTable::Row& row : table.rows) {
        std::string key = ascii_lower(row.key);
        if (by == TableBy::login)
            if (const auto login = read_login(source, row.key, Mta::postfix))
                key = login_key(*login);
        rows_[key].push_back(row.values);
    }
}

TableResult InlineTable::look_up(const TableKey& key) {
    if (down_) return {false, {}, {}, "[[test.table]] has `down`"};
    const auto row = rows_.find(by_ == TableBy::login ? login_key(key.login) : key.sender);
    return {true, {}, row == rows_.end() ? std::vector<std::string>{} : row->second, {}};
}

}  // namespace relaypermit

// An alias table that a [[test.table]] writes out: rows of one key count together. Immutable; any
// thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/test_case.h"
#include "policy/policy_source.h"
#include "policy/table_by.h"
#include "tables/alias_table.h"

namespace relaypermit {

class InlineTable final : public AliasTable {
  public:
    // By login a key is read as a login of this policy is, and one that is none is never found.
    InlineTable(const CaseTable& table, TableBy by, const PolicySource& source);

    [[nodiscard]] TableResult look_up(const TableKey& key) override;

  private:
    std::map<std::string, std::vector<std::string>> rows_{};  // by keys in lower case
    TableBy by_;
    bool down_;
};

}  // namespace relaypermit

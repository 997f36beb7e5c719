// The alias tables that [[alias_table]] names, behind the Decider's interface. One thread applies
// settings; ask() from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/settings.h"
#include "milter/alias_tables.h"
#include "milter/log.h"
#include "tables/table_lookups.h"

namespace relaypermit {

class ConfiguredTables final : public AliasTables {
  public:
    explicit ConfiguredTables(Log& log) : log_(log) {}

    // Opens what the settings name; tables that did not change keep their cache. Returns the ids
    // of those that could not be opened, with the reason in the log: every lookup in one fails, so
    // that what turns on it is put off.
    std::vector<std::string> apply(const std::vector<TableSettings>& settings);

    [[nodiscard]] std::vector<TableAnswer> ask(const Policy& policy,
                                               const std::vector<std::string>& tables,
                                               const Facts& facts) override;

  private:
    Log& log_;
    std::vector<TableSettings> applied_{};  // of the applying thread alone
    mutable std::mutex mutex_{};
    std::shared_ptr<TableLookups> lookups_{};  // guarded by mutex_
};

}  // namespace relaypermit

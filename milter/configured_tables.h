// The alias tables that [[alias_table]] names, behind the Decider's interface. One thread applies
// settings; ask() from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/settings.h"
#include "milter/alias_tables.h"
#include "milter/log.h"
#include "milter/metrics.h"
#include "tables/table_lookups.h"

namespace relaypermit {

class ConfiguredTables final : public AliasTables {
  public:
    ConfiguredTables(Log& log, Metrics& metrics) : log_(log), metrics_(metrics) {}

    // Opens what the settings name, for a policy with these rules, and drops every cached answer
    // where any of either changed. Says in the log what could not be opened, and what only a
    // restart takes up. Returns the former, one "alias table ID: reason" for each: such a table
    // stays as it was or, where it is new, is tried again (late_table.h); until then what turns on
    // it is put off.
    std::vector<std::string> apply(const std::vector<TableSettings>& settings,
                                   const AddressRules& rules);

    // Whether one of those that could not be opened is never tried again in this process: libsasl2
    // reads its configuration once.
    [[nodiscard]] bool lacks_one_for_good() const { return lacks_one_for_good_; }

    // Whether all could be opened at the last apply(). Any thread.
    [[nodiscard]] bool is_complete() const;

    // By the id of a table, what is wrong with it now; those with which nothing is are not named.
    // Waits for no lookup. Any thread.
    [[nodiscard]] std::map<std::string, std::string> faults() const;

    [[nodiscard]] std::vector<TableAnswer> ask(const Policy& policy,
                                               const std::vector<Question>& questions,
                                               const Facts& facts) override;

  private:
    void warn_of_outdated();

    Log& log_;
    Metrics& metrics_;
    // Of the applying thread alone:
    std::vector<TableSettings> applied_{};
    AddressRules rules_{};
    std::vector<OpenTable> opened_{};  // without those that are tried again
    bool lacks_one_for_good_{};

    mutable std::mutex mutex_{};
    std::shared_ptr<TableLookups> lookups_{};  // guarded by mutex_
    bool complete_{true};                      // guarded by mutex_
    // Why new settings were not taken, by the id of the table that stays as it was; guarded by
    // mutex_.
    std::map<std::string, std::string> not_taken_{};
};

}  // namespace relaypermit

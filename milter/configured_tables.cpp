#include "milter/configured_tables.h"

#include <chrono>
#include <utility>

#include "policy/login.h"

namespace relaypermit {

std::vector<std::string> ConfiguredTables::apply(const std::vector<TableSettings>& settings) {
    if (settings == applied_) return {};
    std::vector<std::string> failed;
    std::vector<OpenTable> open;
    for (const TableSettings& table : settings) {
        auto opened = open_table(table);
        if (opened) {
            open.push_back({table, std::move(*opened)});
        } else {
            failed.push_back(table.id);
            log_.write(LogLevel::error, "alias table " + table.id + ": " + opened.error());
        }
    }
    auto lookups = std::make_shared<TableLookups>(
        std::move(open), [] { return std::chrono::steady_clock::now(); },
        [this](const std::string& line) { log_.write(LogLevel::warning, line); });
    // A table that failed is tried again at the next reload.
    applied_ = failed.empty() ? settings : std::vector<TableSettings>();
    const std::lock_guard lock(mutex_);
    lookups_ = std::move(lookups);
    return failed;
}

std::vector<TableAnswer> ConfiguredTables::ask(const Policy& policy,
                                               const std::vector<std::string>& tables,
                                               const Facts& facts) {
    std::shared_ptr<TableLookups> lookups;
    {
        const std::lock_guard lock(mutex_);
        lookups = lookups_;
    }
    const auto login = canonical_login(facts.auth_authen, facts.mta, policy.source().default_realm);
    std::vector<TableAnswer> answers;
    for (const std::string& table : tables) {
        if (lookups && login)
            answers.push_back(lookups->ask(table, *login));
        else
            answers.push_back({table, false, {}, "this table is not available"});
    }
    return answers;
}

}  // namespace relaypermit

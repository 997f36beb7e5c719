#include "milter/configured_tables.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include "config/table_kind.h"
#include "policy/login.h"
#include "policy/table_questions.h"
#include "tables/late_table.h"
#include "tables/open_table.h"

namespace relaypermit {

std::vector<std::string> ConfiguredTables::apply(const std::vector<TableSettings>& settings,
                                                 const AddressRules& rules) {
    std::vector<std::string> failed;
    std::map<std::string, std::string> not_taken;
    if (settings != applied_ || !(rules == rules_)) {
        lacks_one_for_good_ = false;
        std::vector<OpenTable> open;
        std::vector<OpenTable> late;
        for (const TableSettings& table : settings) {
            auto opened = open_table(table);
            if (opened) {
                open.push_back({table, std::move(*opened)});
                continue;
            }
            failed.push_back(in_words(table) + ": " + opened.error());
            const auto before =
                std::find_if(opened_.begin(), opened_.end(), [&](const OpenTable& one) {
                    return one.settings.id == table.id &&
                           (one.settings.by == TableBy::domain) == (table.by == TableBy::domain) &&
                           one.settings.role == table.role &&
                           one.settings.of_kind.index() == table.of_kind.index();
                });
            if (before != opened_.end()) {
                failed.back() += "; it stays as it was";
                not_taken[table.id] = opened.error() + "; it stays as it was";
                open.push_back(*before);
            } else if (std::holds_alternative<SaslSettings>(table.of_kind)) {
                lacks_one_for_good_ = true;
                not_taken[table.id] = opened.error();
            } else {
                failed.back() += "; it is tried again, and until then whoever needs it is put off";
                late.push_back({table, std::make_shared<LateTable>(table, opened.error())});
            }
            log_.write(LogLevel::error, failed.back());
        }
        opened_ = open;
        open.insert(open.end(), late.begin(), late.end());
        std::vector<std::string> ids;
        for (const TableSettings& table : settings) ids.push_back(table.id);
        auto lookups = std::make_shared<TableLookups>(
            std::move(open), [] { return std::chrono::steady_clock::now(); },
            [this](const std::string& line) { log_.write(LogLevel::warning, line); },
            [meters = metrics_.tables_are(ids)](const std::string& table, const LookedUp& lookup) {
                if (const auto meter = meters.find(table); meter != meters.end())
                    meter->second->looked_up(lookup.took, lookup.known, lookup.cached,
                                             lookup.ignored);
            },
            rules);
        rules_ = rules;
        // A table that failed is tried again at the next reload.
        applied_ = failed.empty() ? settings : std::vector<TableSettings>();
        const std::lock_guard lock(mutex_);
        lookups_ = std::move(lookups);
        complete_ = failed.empty();
        not_taken_ = std::move(not_taken);
    } else if (lookups_) {
        lookups_->forget_what_was_said();
    }
    warn_of_outdated();
    return failed;
}

bool ConfiguredTables::is_complete() const {
    const std::lock_guard lock(mutex_);
    return complete_;
}

std::map<std::string, std::string> ConfiguredTables::faults() const {
    std::shared_ptr<TableLookups> lookups;
    std::map<std::string, std::string> faults;
    {
        const std::lock_guard lock(mutex_);
        lookups = lookups_;
        faults = not_taken_;
    }
    if (!lookups) return faults;
    for (const std::string& id : lookups->ids())
        if (std::string fault = lookups->fault(id); !fault.empty())
            faults.emplace(id, std::move(fault));
    return faults;
}

// Once for what several tables share.
void ConfiguredTables::warn_of_outdated() {
    std::set<std::string> warnings;
    for (const OpenTable& open : opened_)
        if (std::string warning = open.table->outdated(); !warning.empty())
            warnings.insert(std::move(warning));
    for (const std::string& warning : warnings) log_.write(LogLevel::warning, warning);
}

std::vector<TableAnswer> ConfiguredTables::ask(const Policy& policy,
                                               const std::vector<Question>& questions,
                                               const Facts& facts) {
    std::shared_ptr<TableLookups> lookups;
    {
        const std::lock_guard lock(mutex_);
        lookups = lookups_;
    }
    const auto login = read_login(policy.source(), facts.auth_authen, facts.mta);
    std::vector<TableAnswer> answers;
    TableLookups::Deadlines deadlines;
    for (const Question& question : questions)
        if (lookups && (login || is_about_domain(question)))
            answers.push_back(lookups->ask(question, login.value_or(Login{}), &deadlines));
        else
            answers.push_back(
                {question.key, false, {}, "this table is not available", question.address});
    return answers;
}

}  // namespace relaypermit

#include "tool/base/table_answers.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <utility>

#include "policy/login.h"
#include "tables/open_table.h"
#include "tool/base/visible.h"

namespace relaypermit {

void TableAnswers::open() {
    std::vector<OpenTable> tables;
    for (const TableSettings& settings : loaded_.settings.tables) {
        auto opened = open_table(settings);
        if (opened)
            tables.push_back({settings, std::move(*opened)});
        else
            not_opened_[settings.id] = std::move(opened.error());
    }
    lookups_ = std::make_unique<TableLookups>(
        std::move(tables), [] { return std::chrono::steady_clock::now(); },
        [this](const std::string& line) { complaints_ << "warning: " << visible(line) << "\n"; });
}

const std::vector<TableAnswer>& TableAnswers::of(const Login& login) {
    const auto [entry, is_new] = answers_.try_emplace(to_string(login));
    if (!is_new) return entry->second;
    if (!lookups_) open();
    for (const TableSettings& table : loaded_.settings.tables) {
        const auto failed = not_opened_.find(table.id);
        entry->second.push_back(failed == not_opened_.end()
                                    ? lookups_->ask(table.id, login)
                                    : TableAnswer{table.id, false, {}, failed->second});
    }
    return entry->second;
}

void TableAnswers::operator()(const std::vector<Question>& questions, Facts& facts) {
    const std::vector<std::string> tables = keys_of(questions, Question::Kind::table);
    if (facts.auth_authen.empty() || tables.empty()) return;
    const auto login = read_login(loaded_.policy->source(), facts.auth_authen, facts.mta);
    if (!login) return;
    for (const TableAnswer& answer : of(*login))
        if (std::find(tables.begin(), tables.end(), answer.table) != tables.end())
            facts.table_answers.push_back(answer);
}

}  // namespace relaypermit

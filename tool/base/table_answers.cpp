#include "tool/base/table_answers.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <utility>

#include "policy/login.h"
#include "policy/table_questions.h"
#include "tables/open_table.h"
#include "tool/base/inline_table.h"
#include "tool/base/visible.h"

namespace relaypermit {

const CaseTable* TableAnswers::in_place_of(const std::string& id) const {
    if (in_place_ == nullptr) return nullptr;
    const auto found = std::find_if(in_place_->begin(), in_place_->end(),
                                    [&](const CaseTable& table) { return table.id == id; });
    return found == in_place_->end() ? nullptr : &*found;
}

void TableAnswers::open() {
    std::vector<OpenTable> tables;
    for (const TableSettings& settings : loaded_.settings.tables) {
        if (const CaseTable* table = in_place_of(settings.id); table != nullptr) {
            tables.push_back({settings, std::make_shared<InlineTable>(*table, settings.by,
                                                                      loaded_.policy->source())});
            continue;
        }
        auto opened = open_table(settings);
        if (opened)
            tables.push_back({settings, std::move(*opened)});
        else
            not_opened_[settings.id] = std::move(opened.error());
    }
    lookups_ = std::make_unique<TableLookups>(
        std::move(tables), [] { return std::chrono::steady_clock::now(); },
        [this](const std::string& line) { complaints_ << "warning: " << visible(line) << "\n"; },
        TableLookups::Watch{}, address_rules_of(loaded_.policy->source()));
}

const TableAnswer& TableAnswers::answer(const Question& question, const Login& login) {
    std::vector<TableAnswer>& answers = answers_[to_string(login)];
    if (const TableAnswer* known = answer_to(question, answers); known != nullptr) return *known;
    if (!lookups_) open();
    const auto failed = not_opened_.find(question.key);
    answers.push_back(failed == not_opened_.end()
                          ? lookups_->ask(question, login)
                          : TableAnswer{question.key, false, {}, failed->second, question.address});
    return answers.back();
}

std::vector<TableAnswer> TableAnswers::of(const Login& login) {
    std::vector<TableAnswer> answers;
    for (const TableSource& table : loaded_.policy->source().tables)
        if (const auto question = question_to(table, nullptr))
            answers.push_back(answer(*question, login));
    add_hosted(login.realm, answers);
    return answers;
}

std::vector<TableAnswer> TableAnswers::about(const Address& address) {
    std::vector<TableAnswer> answers;
    for (const TableSource& table : loaded_.policy->source().tables)
        if (table.by == TableBy::sender)
            answers.push_back(answer(*question_to(table, &address), {}));
    add_hosted(address.domain, answers);
    return answers;
}

void TableAnswers::add_hosted(const std::string& domain, std::vector<TableAnswer>& answers) {
    if (loaded_.policy->hosted(domain) || domain.empty()) return;
    for (const DomainTableSource& table : loaded_.policy->source().domain_tables)
        if (table.role == DomainRole::hosted)
            answers.push_back(answer(question_to(table, domain), {}));
}

void TableAnswers::operator()(const std::vector<Question>& questions, Facts& facts) {
    if (questions.empty()) return;
    const auto login = read_login(loaded_.policy->source(), facts.auth_authen, facts.mta);
    for (const Question& question : questions)
        if (is_about_domain(question))
            facts.table_answers.push_back(answer(question, {}));
        else if (login)
            facts.table_answers.push_back(answer(question, *login));
}

}  // namespace relaypermit

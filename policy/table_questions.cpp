#include "policy/table_questions.h"

#include <algorithm>

#include "policy/ascii.h"

namespace relaypermit {

std::optional<Question> question_to(const TableSource& table, const Address* sender) {
    if (!table.per_address) return Question{Question::Kind::table, table.id, {}};
    if (sender == nullptr) return std::nullopt;
    return Question{Question::Kind::table, table.id, {ascii_lower(sender->local), sender->domain}};
}

Question question_to(const DomainTableSource& table, const std::string& domain) {
    return {table.role == DomainRole::hosted ? Question::Kind::hosted_domain
                                             : Question::Kind::relay_domain,
            table.id,
            {.domain = domain}};
}

const TableAnswer* answer_to(const Question& question, const std::vector<TableAnswer>& answers) {
    const auto found = std::find_if(answers.begin(), answers.end(), [&](const TableAnswer& answer) {
        return answer.table == question.key && answer.address == question.address;
    });
    return found == answers.end() ? nullptr : &*found;
}

const Pattern* login_in(const TableAnswer& answer, const Login& login) {
    const auto found = std::find_if(answer.logins.begin(), answer.logins.end(),
                                    [&](const Pattern& one) { return one.matches(login); });
    return found == answer.logins.end() ? nullptr : &*found;
}

}  // namespace relaypermit

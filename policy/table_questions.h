// What an alias table is asked, and which answer is to which question. Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "policy/facts.h"
#include "policy/policy_source.h"
#include "policy/question.h"

namespace relaypermit {

// What the table is asked about this sender; null: the null sender, or one that cannot be read.
// nullopt where it is not asked: what is no address is no key of a table.
[[nodiscard]] std::optional<Question> question_to(const TableSource& table, const Address* sender);

// What a domain table is asked.
[[nodiscard]] Question question_to(const DomainTableSource& table, const std::string& domain);

// Whether it is one to a domain table, which is asked whoever the login is.
[[nodiscard]] inline bool is_about_domain(const Question& question) {
    return question.kind != Question::Kind::table;
}

// Null where there is none.
[[nodiscard]] const TableAnswer* answer_to(const Question& question,
                                           const std::vector<TableAnswer>& answers);

// By sender: whether one of the logins that the table names is this one; the pattern, else null.
[[nodiscard]] const Pattern* login_in(const TableAnswer& answer, const Login& login);

}  // namespace relaypermit

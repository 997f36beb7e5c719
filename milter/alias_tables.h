// Grants and domains that are kept outside the policy file, asked only where a verdict turns on
// them.
#pragma once

#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/question.h"

namespace relaypermit {

class AliasTables {
  public:
    AliasTables() = default;
    AliasTables(const AliasTables&) = delete;
    AliasTables& operator=(const AliasTables&) = delete;
    virtual ~AliasTables() = default;

    // One answer for each of the questions, which are all to tables, about the login of `facts`. A
    // lookup that failed or took too long is an answer with known = false. Any thread.
    [[nodiscard]] virtual std::vector<TableAnswer> ask(const Policy& policy,
                                                       const std::vector<Question>& questions,
                                                       const Facts& facts) = 0;
};

// No table can be asked: every lookup fails, so that what depends on one is tried again later.
class NoTables final : public AliasTables {
  public:
    [[nodiscard]] std::vector<TableAnswer> ask(const Policy& /*policy*/,
                                               const std::vector<Question>& questions,
                                               const Facts& /*facts*/) override {
        std::vector<TableAnswer> answers;
        for (const Question& question : questions)
            answers.push_back(
                {question.key, false, {}, "this table is not available", question.address});
        return answers;
    }
};

}  // namespace relaypermit

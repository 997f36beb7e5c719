#include "policy/decide.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/support/describe.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

class Decide : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    // Plays every message of `facts` as a session does, which takes a refused recipient back, and
    // compares each verdict with that on the facts of that moment, read anew.
    void compare(const PolicySource& source, const Facts& facts) {
        const Policy policy(source);
        Facts so_far = facts;
        so_far.recipients.clear();
        so_far.headers.clear();
        so_far.table_answers.clear();
        Reading reading;
        const Ask ask = [&](const std::vector<std::string>& tables, const Facts&) {
            std::vector<TableAnswer> answers;
            for (const std::string& table : tables)
                for (const TableAnswer& answer : facts.table_answers)
                    if (answer.table == table) answers.push_back(answer);
            asked_ += static_cast<int>(answers.size());
            return answers;
        };
        const auto refused = [&](Stage stage) {
            const Verdict verdict = decide(policy, so_far, reading, stage, ask);
            EXPECT_TRUE(verdict.tables_needed.empty());
            EXPECT_EQ(describe(verdict), describe(evaluate(policy, so_far, stage)))
                << describe(source) << "\n"
                << describe(so_far);
            return verdict.refused();
        };
        if (refused(Stage::mail)) return;
        for (const Recipient& recipient : facts.recipients) {
            so_far.recipients.push_back(recipient);
            if (refused(Stage::rcpt)) {
                so_far.recipients.pop_back();
                ++taken_back_;
            }
        }
        so_far.headers = facts.headers;
        (void)refused(Stage::headers);
    }

    RandomWorld world_{GetParam()};
    int asked_{};
    int taken_back_{};
};

INSTANTIATE_TEST_SUITE_P(Seeds, Decide, ::testing::Range(300U, 303U));

TEST_P(Decide, OnWhatWasReadBeforeSaysWhatEvaluateSaysOfTheWhole) {
    for (int p = 0; p < 100 && !HasFailure(); ++p) {
        const PolicySource source = world_.policy();
        for (int s = 0; s < 10 && !HasFailure(); ++s) compare(source, world_.facts(source));
    }
    EXPECT_GT(asked_, 10);
    EXPECT_GT(taken_back_, 10);
}

TEST(DecideWithoutAsk, SaysWhatItWouldHaveAsked) {
    PolicySource source;
    ASSERT_TRUE(source.hosted_domains.add("example.com"));
    source.submission_ports = {587};
    TableSource table;
    table.id = "directory";
    source.tables.push_back(table);
    Facts facts;
    facts.client = IpAddress::parse("198.51.100.7");
    facts.port = 587;
    facts.tls = "TLSv1.3";
    facts.auth_type = "PLAIN";
    facts.auth_authen = "bob@example.com";
    facts.sender_argument = "<alice@example.com>";
    Reading reading;
    const Policy policy(source);
    EXPECT_EQ(decide(policy, facts, reading, Stage::mail, {}).tables_needed,
              std::vector<std::string>{"directory"});
    EXPECT_TRUE(facts.table_answers.empty());
}

}  // namespace
}  // namespace relaypermit

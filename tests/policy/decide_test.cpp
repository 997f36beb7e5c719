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
        const Ask ask = [&](const std::vector<Question>& questions, Facts& about) {
            for (const Question& question : questions)
                for (const TableAnswer& answer : facts.table_answers)
                    if (question == Question{Question::Kind::table, answer.table, answer.address}) {
                        about.table_answers.push_back(answer);
                        ++asked_;
                    }
        };
        const auto refused = [&](Stage stage) {
            const Verdict verdict = decide(policy, so_far, reading, stage, ask);
            EXPECT_TRUE(verdict.questions.empty());
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

// A message whose verdict turns on the table `directory`.
struct OneTable {
    OneTable() {
        PolicySource source;
        EXPECT_TRUE(source.hosted_domains.add("example.com"));
        source.submission_ports = {587};
        source.tables.push_back({"directory", {}});
        policy.emplace(std::move(source));
        facts.client = IpAddress::parse("198.51.100.7");
        facts.port = 587;
        facts.tls = "TLSv1.3";
        facts.auth_type = "PLAIN";
        facts.auth_authen = "bob@example.com";
        facts.sender_argument = "<alice@example.com>";
    }
    std::optional<Policy> policy{};
    Facts facts{};
    Reading reading{};
};

TEST(DecideWithoutAsk, SaysWhatItWouldHaveAsked) {
    OneTable one;
    EXPECT_EQ(decide(*one.policy, one.facts, one.reading, Stage::mail, {}).questions,
              (std::vector<Question>{{Question::Kind::table, "directory"}}));
    EXPECT_TRUE(one.facts.table_answers.empty());
}

TEST(DecideWithoutAnswer, AsksOnceAndSaysWhatItStillNeeds) {
    OneTable one;
    int asked = 0;
    const Ask silent = [&](const std::vector<Question>&, Facts&) { ++asked; };
    EXPECT_EQ(decide(*one.policy, one.facts, one.reading, Stage::mail, silent).questions.size(),
              1U);
    EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace relaypermit

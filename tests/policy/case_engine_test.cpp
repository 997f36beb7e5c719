// The case files of tests/cases, played against the engine alone: one test a case. The same files
// are played against the daemon and against real MTAs by tests/mta.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/play.h"
#include "tests/support/case_files.h"
#include "tests/support/describe.h"
#include "tests/support/naive_evaluator.h"

namespace relaypermit {
namespace {

TEST(CaseFiles, AreSoundAndNeverEmpty) {
    ASSERT_FALSE(case_files().empty());
    for (const auto& file : case_files()) {
        const Loaded loaded = load_policy(file, "host.example");
        for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
        EXPECT_FALSE(loaded.tests.empty()) << file << " has no [[test]]";
    }
}

TEST(CaseFiles, ShowEveryCauseThatNeedsNoLookup) {
    const std::vector<CaseRun> runs = case_runs();
    for (const Cause cause : all_causes) {
        if (cause == Cause::lookup_failed) continue;
        const bool shown = std::any_of(runs.begin(), runs.end(), [&](const CaseRun& run) {
            return run.test.expect == to_string(cause);
        });
        EXPECT_TRUE(shown) << to_string(cause);
    }
}

class CaseFile : public ::testing::TestWithParam<CaseRun> {};

INSTANTIATE_TEST_SUITE_P(Cases, CaseFile, ::testing::ValuesIn(case_runs()),
                         [](const auto& run) { return case_name(run.param); });

TEST_P(CaseFile, GetsTheAnswerThatItExpects) {
    const TestCase& test = GetParam().test;
    const Facts facts = case_facts(test.facts, *GetParam().policy, case_present);
    const Verdict verdict = play(*GetParam().policy, facts);
    const std::string actual{verdict.cause ? to_string(*verdict.cause) : "accept"};
    EXPECT_EQ(actual, test.expect) << to_string(test.place) << ": " << test.name << "\n"
                                   << describe(verdict) << describe(facts);
    if (test.rule) {
        EXPECT_NE(std::find(verdict.rules.begin(), verdict.rules.end(), *test.rule),
                  verdict.rules.end())
            << to_string(test.place) << ": " << test.name << "\nrule `" << *test.rule
            << "` is not among the verdict's\n"
            << describe(verdict);
    }
}

TEST_P(CaseFile, LooksTheSameToTheNaiveEvaluator) {
    const Policy& policy = *GetParam().policy;
    const Facts facts = case_facts(GetParam().test.facts, policy, case_present);
    for (const Stage stage : {Stage::mail, Stage::rcpt, Stage::headers}) {
        EXPECT_EQ(describe(naive_evaluate(policy.source(), facts, stage)),
                  describe(without_readings(evaluate(policy, facts, stage))))
            << to_string(GetParam().test.place) << " at " << to_string(stage);
    }
}

}  // namespace
}  // namespace relaypermit

// The case files of tests/cases, played against the engine alone: one test a case. The same files
// are played against the daemon and against real MTAs by tests/mta.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "config/load.h"
#include "config/test_case.h"
#include "tests/describe.h"
#include "tests/naive_evaluator.h"
#include "tests/source_directory.h"

namespace relaypermit {
namespace {

// A case without `now` must hold at any time; this is the one that it is played at.
constexpr TimePoint present = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

struct CaseRun {
    std::string file{};  // without .toml
    std::shared_ptr<const Policy> policy{};
    TestCase test{};
};

std::vector<std::filesystem::path> case_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::source_directory() / "tests" / "cases")) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<CaseRun> case_runs() {
    std::vector<CaseRun> runs;
    for (const auto& file : case_files()) {
        Loaded loaded = load_policy(file, "host.example");
        for (TestCase& test : loaded.tests) {
            if (loaded.policy) runs.push_back({file.stem(), loaded.policy, std::move(test)});
        }
    }
    return runs;
}

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
                         [](const ::testing::TestParamInfo<CaseRun>& run) {
                             return run.param.file + "_line_" +
                                    std::to_string(run.param.test.place.line);
                         });

TEST_P(CaseFile, GetsTheAnswerThatItExpects) {
    const TestCase& test = GetParam().test;
    const Facts facts = case_facts(test.facts, *GetParam().policy, present);
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
    const Facts facts = case_facts(GetParam().test.facts, policy, present);
    for (const Stage stage : {Stage::mail, Stage::rcpt, Stage::headers}) {
        EXPECT_EQ(describe(naive_evaluate(policy.source(), facts, stage)),
                  describe(evaluate(policy, facts, stage)))
            << to_string(GetParam().test.place) << " at " << to_string(stage);
    }
}

}  // namespace
}  // namespace relaypermit

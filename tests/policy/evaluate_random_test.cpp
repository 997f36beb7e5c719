// The engine against the naive evaluator, on random policies and sessions with fixed seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

#include "policy/evaluate.h"
#include "tests/support/describe.h"
#include "tests/support/naive_evaluator.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

constexpr std::array stages = {Stage::mail, Stage::rcpt, Stage::headers};

bool agree(const NaiveVerdict& naive, const Verdict& engine) {
    return naive.outcome == engine.outcome && naive.cause == engine.cause &&
           naive.also == engine.also && naive.rules == engine.rules &&
           naive.reason == without_readings(engine).reason;
}

bool agree_on(const PolicySource& source, const Facts& facts, Stage stage) {
    return agree(naive_evaluate(source, facts, stage), evaluate(Policy(source), facts, stage));
}

// Takes away what the disagreement does not need, so that its message can be read.
void shrink(PolicySource& source, Facts& facts, Stage stage) {
    const auto without_each = [&](auto& list) {
        using List = std::remove_reference_t<decltype(list)>;
        for (std::size_t i = list.size(); i > 0; --i) {
            const List kept = list;
            std::vector<typename List::value_type> fewer(kept.begin(), kept.end());
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i) - 1);
            list = List(std::move(fewer));
            if (agree_on(source, facts, stage)) list = kept;
        }
    };
    without_each(source.grants);
    without_each(source.restrictions);
    without_each(source.tables);
    for (std::size_t number = 0; number < source.grants.size(); ++number) {
        Grant& grant = source.grants.edit(number);
        without_each(grant.logins);
        without_each(grant.rare.edit().clients);
        without_each(grant.senders);
    }
    without_each(facts.recipients);
    without_each(facts.headers);
    const auto defaults = default_causes();
    for (std::size_t i = 0; i < cause_count; ++i) {
        const CausePolicy kept = source.causes[i];
        source.causes[i] = defaults[i];
        if (agree_on(source, facts, stage)) source.causes[i] = kept;
    }
}

std::string kind_of(const Pattern& pattern) {
    return "kind " + std::to_string(static_cast<int>(pattern.kind()));
}

class EvaluateRandom : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    static constexpr int policies = 250;
    static constexpr int sessions = 16;
};

INSTANTIATE_TEST_SUITE_P(Seeds, EvaluateRandom, ::testing::Range(1U, 7U));

TEST_P(EvaluateRandom, AgreesWithTheNaiveEvaluator) {
    RandomWorld world(GetParam());
    std::map<std::string, int> seen;
    for (int p = 0; p < policies; ++p) {
        const PolicySource source = world.policy();
        const Policy policy(source);
        for (int s = 0; s < sessions; ++s) {
            const Facts facts = world.facts(source);
            for (const Stage stage : stages) {
                const NaiveVerdict naive = naive_evaluate(source, facts, stage);
                const Verdict engine = evaluate(policy, facts, stage);
                if (!agree(naive, engine)) {
                    PolicySource smaller = source;
                    Facts fewer = facts;
                    shrink(smaller, fewer, stage);
                    FAIL() << describe(smaller) << "\n"
                           << describe(fewer) << "\nat " << to_string(stage)
                           << "\nnaive:  " << describe(naive_evaluate(smaller, fewer, stage))
                           << "engine: " << describe(evaluate(Policy(smaller), fewer, stage));
                }
                ++seen[std::string(to_string(naive.outcome))];
                if (naive.cause) ++seen[std::string(to_string(*naive.cause))];
                if (naive.cause && naive.outcome != Outcome::accept) continue;
                for (const Grant& grant : source.grants) {
                    const bool used = std::find(naive.rules.begin(), naive.rules.end(), grant.id) !=
                                      naive.rules.end();
                    if (!used) continue;
                    if (grant.rare->clients.empty()) ++seen["by login"];
                    if (!grant.rare->clients.empty()) ++seen["by network"];
                    for (const PlacedPattern& sender : grant.senders)
                        ++seen["sender " + kind_of(sender.pattern)];
                    for (const LoginPattern& login : grant.logins)
                        ++seen["login " + kind_of(login.pattern)];
                }
                for (const std::string& rule : naive.rules)
                    if (rule == "own-address" || rule == "trusted-network" || rule == "bounce")
                        ++seen[rule];
            }
        }
    }
    // A run that never gets somewhere proves nothing about it.
    for (const char* outcome : {"accept", "reject", "tempfail", "monitor"})
        EXPECT_GE(seen[outcome], 100) << outcome;
    for (const Cause cause : all_causes)
        EXPECT_GE(seen[std::string(to_string(cause))], 8) << to_string(cause);
    for (const char* rule : {"own-address", "trusted-network", "by login", "by network"})
        EXPECT_GE(seen[rule], 50) << rule;
    EXPECT_GE(seen["bounce"], 20);
    using Kind = Pattern::Kind;
    for (const Kind kind : {Kind::exact, Kind::domain, Kind::subdomain, Kind::prefix, Kind::suffix,
                            Kind::any, Kind::null, Kind::regex, Kind::templated}) {
        const std::string number = std::to_string(static_cast<int>(kind));
        EXPECT_GE(seen["sender kind " + number], 5) << number;
        if (kind == Kind::null || kind == Kind::templated) continue;
        EXPECT_GE(seen["login kind " + number], 5) << number;
    }
}

}  // namespace
}  // namespace relaypermit

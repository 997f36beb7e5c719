// A policy with changed rules, compiled like the one that it differs from, against the same
// compiled anew; on random policies and sessions with fixed seeds.
#include <gtest/gtest.h>

#include "policy/play.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "config/test_case.h"
#include "policy/evaluate.h"
#include "tests/support/describe.h"
#include "tests/support/naive_evaluator.h"
#include "tests/support/policy_builder.h"
#include "tests/support/random_policy.h"
#include "tool/rehearse/remedy.h"

namespace relaypermit {
namespace {

constexpr std::array stages = {Stage::mail, Stage::rcpt, Stage::headers};

// The same rules in lists of their own, that share nothing.
PolicySource apart(const PolicySource& source) {
    PolicySource copy = source;
    copy.grants = std::vector<Grant>(source.grants.begin(), source.grants.end());
    copy.restrictions =
        std::vector<Restriction>(source.restrictions.begin(), source.restrictions.end());
    return copy;
}

class WhatIf : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    void change(PolicySource& source, const Facts& facts) {
        do {
            const std::size_t grants = source.grants.size();
            const std::size_t restrictions = source.restrictions.size();
            switch (world_.below(7)) {
                case 0:
                    source.grants.push_back(world_.grant_for(source, facts));
                    break;
                case 1:
                    if (grants > 0)
                        source.grants.edit(world_.below(grants)) = world_.grant_for(source, facts);
                    break;
                case 2:
                    if (grants > 0) source.grants.edit(world_.below(grants)).rare = {};
                    break;
                case 3:
                    source.restrictions.push_back(world_.restriction(source));
                    break;
                case 4:
                    if (restrictions > 0) source.restrictions.edit(world_.below(restrictions)) = {};
                    break;
                case 5:
                    if (restrictions > 0)
                        source.restrictions.edit(world_.below(restrictions)) =
                            world_.restriction(source);
                    break;
                default:
                    source.default_realm = world_.chance(50) ? "a.test" : "";
                    source.accepts_bounces = !source.accepts_bounces;
                    break;
            }
        } while (world_.chance(50));
    }

    // A policy some of whose rules name one group.
    PolicySource policy() {
        PolicySource source = world_.policy();
        auto group = std::make_shared<LoginGroup>();
        group->name = "shared";
        for (const Grant& grant : source.grants)
            for (const LoginPattern& login : grant.logins)
                if (world_.chance(30))
                    group->members.push_back({login.pattern, group->name, login.place});
        const LoginPatterns::Group shared = std::move(group);
        const auto add = [&](auto& rules) {
            for (std::size_t number = 0; number < rules.size(); ++number)
                if (!rules[number].logins.empty() && world_.chance(50))
                    rules.edit(number).logins.add(shared);
        };
        add(source.grants);
        add(source.restrictions);
        return source;
    }

    RandomWorld world_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Seeds, WhatIf, ::testing::Range(500U, 504U));

TEST_P(WhatIf, IsThePolicyCompiledAnew) {
    int other_verdicts = 0;
    int compared = 0;
    for (int p = 0; p < 120; ++p) {
        auto before = std::make_unique<const Policy>(policy());
        const std::string realm = before->source().default_realm;
        bool other_realm = false;
        for (int s = 0; s < 6; ++s) {
            const Facts facts = world_.facts(before->source());
            PolicySource changed = before->source();
            change(changed, facts);
            auto after = std::make_unique<const Policy>(changed, *before);
            ASSERT_EQ(after->source().grants.shared(), before->source().grants.shared());
            const PolicySource same = apart(changed);
            const Policy anew(same);
            for (const Stage stage : stages) {
                const Verdict verdict = evaluate(*after, facts, stage);
                ASSERT_EQ(describe(verdict), describe(evaluate(anew, facts, stage)))
                    << describe(same) << "\n"
                    << describe(facts) << "\nat " << to_string(stage);
                // The naive one reads each login with the default realm of the policy as it is; a
                // pattern keeps that with which it was read.
                other_realm = other_realm || same.default_realm != realm;
                if (!other_realm) {
                    const NaiveVerdict naive = naive_evaluate(same, facts, stage);
                    ASSERT_EQ(verdict.cause, naive.cause);
                    ASSERT_EQ(verdict.rules, naive.rules);
                    ++compared;
                }
                if (verdict.cause != evaluate(*before, facts, stage).cause) ++other_verdicts;
            }
            // And so on from there, without the policy that it was made from.
            if (world_.chance(50)) before = std::move(after);
        }
    }
    EXPECT_GE(other_verdicts, 80);
    EXPECT_GE(compared, 500);
}

// failed_conditions() looks at few of the grants.
TEST_P(WhatIf, MissesNoGrantWhoseTimeIsOver) {
    int over = 0;
    for (int p = 0; p < 400; ++p) {
        PolicySource source = world_.policy();
        const Facts facts = world_.facts(source);
        Grant grant = world_.grant_for(source, facts);
        grant.rare = {};
        grant.fields = {};
        grant.rare.edit().until = facts.now;
        source.grants.push_back(grant);
        const Policy policy(source);
        if (!play(policy, facts).refused()) continue;
        source.grants.edit(source.grants.size() - 1).rare = {};
        const Verdict verdict = play(Policy(apart(source)), facts);
        if (verdict.refused() ||
            std::find(verdict.rules.begin(), verdict.rules.end(), grant.id) == verdict.rules.end())
            continue;
        ++over;
        const auto advice = failed_conditions(policy, facts);
        EXPECT_TRUE(std::any_of(
            advice.begin(), advice.end(),
            [&](const std::string& text) { return text.find(grant.id) != std::string::npos; }))
            << describe(source) << "\n"
            << describe(facts);
    }
    EXPECT_GE(over, 10);
}

}  // namespace
}  // namespace relaypermit

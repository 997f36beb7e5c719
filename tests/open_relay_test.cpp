// The statement of who may relay without logging in, against the engine.
#include "inspect/open_relay.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/evaluate.h"
#include "policy/reading.h"
#include "tests/describe.h"
#include "tests/policy_builder.h"
#include "tests/random_policy.h"

namespace relaypermit {
namespace {

using testing::basic_source;
using testing::client_grant;

// What the engine says of a message to this one recipient elsewhere, before its headers.
bool relayed(const Policy& policy, const Facts& facts) {
    return !evaluate(policy, facts, Stage::mail, Mode::enforce).refused() &&
           !evaluate(policy, facts, Stage::rcpt, Mode::enforce).refused();
}

bool stated(const Policy& policy, const Facts& facts) {
    const auto ways = open_ways(policy, facts.now);
    return std::any_of(ways.begin(), ways.end(),
                       [&](const OpenWay& way) { return permits(way, policy, facts); });
}

class OpenRelay : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, OpenRelay, ::testing::Range(1U, 5U));

TEST_P(OpenRelay, StatesExactlyWhatTheEngineRelaysWithoutALogin) {
    RandomWorld world(GetParam());
    int yes = 0;
    int no = 0;
    for (int p = 0; p < 120; ++p) {
        const PolicySource source = world.policy();
        const Policy policy(source);
        for (int s = 0; s < 16; ++s) {
            Facts facts = world.facts(source);
            facts.auth_type.clear();
            facts.auth_authen.clear();
            facts.local_submission = false;
            if (facts.recipients.empty()) continue;
            facts.recipients = {facts.recipients.back()};
            if (!read_recipient(policy, facts, facts.recipients.back()).remote) continue;
            const bool does = relayed(policy, facts);
            ++(does ? yes : no);
            ASSERT_EQ(stated(policy, facts), does) << describe(source) << "\n" << describe(facts);
        }
    }
    EXPECT_GE(yes, 60);
    EXPECT_GE(no, 60);
}

TEST(OpenRelay, IsTheTrustedNetworksAloneInAPlainPolicy) {
    const Policy policy(basic_source());
    const auto ways = open_ways(policy, {});
    ASSERT_EQ(ways.size(), 1U);
    EXPECT_EQ(to_string(*ways[0].client), "127.0.0.0/8");
    EXPECT_EQ(ways[0].senders, OpenWay::Senders::any);
}

TEST(OpenRelay, LeavesOutAGrantThatIsOver) {
    PolicySource source = basic_source();
    source.grants.push_back(client_grant("printers", {"192.0.2.0/24"}, {"*@example.com"}));
    source.grants[0].until = TimePoint{std::chrono::seconds{100}};
    const Policy policy(source);
    EXPECT_EQ(open_ways(policy, TimePoint{std::chrono::seconds{99}}).size(), 2U);
    EXPECT_EQ(open_ways(policy, TimePoint{std::chrono::seconds{100}}).size(), 1U);
}

TEST(OpenRelay, NamesACauseThatLetsStrangersThrough) {
    PolicySource source = basic_source();
    testing::cause_of(source, Cause::login_required).action = Action::off;
    const Policy policy(source);
    const auto ways = open_ways(policy, {});
    ASSERT_EQ(ways.size(), 2U);
    EXPECT_EQ(ways[1].rule, "cause.login-required");
    EXPECT_FALSE(ways[1].client.has_value());
}

}  // namespace
}  // namespace relaypermit

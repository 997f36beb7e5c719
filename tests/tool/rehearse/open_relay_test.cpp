// The statement of who may relay without logging in, against the engine.
#include "tool/rehearse/open_relay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "policy/evaluate.h"
#include "policy/reading.h"
#include "tests/support/describe.h"
#include "tests/support/policy_builder.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

using testing::client_grant;

PolicySource source_without_relay_domains() {
    PolicySource source = testing::basic_source();
    source.relay_domains = {};
    return source;
}

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
    int to_relay_domains = 0;
    int by_other_mailers = 0;
    int by_the_command = 0;
    for (int p = 0; p < 120; ++p) {
        PolicySource source = world.policy();
        if (world.chance(10)) source.remote_mailers.emplace();
        const Policy policy(source);
        for (int s = 0; s < 16; ++s) {
            Facts facts = world.facts(source);
            facts.auth_type.clear();
            facts.auth_authen.clear();
            if (facts.recipients.empty()) continue;
            facts.recipients = {facts.recipients.back()};
            // Elsewhere is where nothing is hosted, whatever the engine calls remote.
            const RecipientReading recipient =
                read_recipient(policy, facts, facts.recipients.back());
            if (recipient.hosted) continue;
            const bool does = relayed(policy, facts);
            ++(does ? yes : no);
            by_other_mailers += does && recipient.unlisted;
            to_relay_domains += does && !recipient.unlisted && !recipient.remote;
            by_the_command += does && facts.local_submission;
            ASSERT_EQ(stated(policy, facts), does) << describe(source) << "\n" << describe(facts);
        }
    }
    EXPECT_GE(yes, 60);
    EXPECT_GE(no, 60);
    EXPECT_GE(to_relay_domains, 5);
    EXPECT_GE(by_other_mailers, 20);
    EXPECT_GE(by_the_command, 5);
}

std::vector<OpenWay> extraordinary_ways(const Policy& policy, TimePoint now = {}) {
    std::vector<OpenWay> ways = open_ways(policy, now);
    std::erase_if(ways, [](const OpenWay& way) { return way.is_ordinary; });
    return ways;
}

TEST(OpenRelay, IsTheTrustedNetworksAloneInAPlainPolicy) {
    const Policy policy(source_without_relay_domains());
    const auto ways = extraordinary_ways(policy);
    ASSERT_EQ(ways.size(), 1U);
    EXPECT_EQ(to_string(*ways[0].client), "127.0.0.0/8");
    EXPECT_EQ(ways[0].senders, OpenWay::Senders::any);
}

TEST(OpenRelay, LeavesOutAGrantThatIsOver) {
    PolicySource source = source_without_relay_domains();
    source.grants.push_back(client_grant("printers", {"192.0.2.0/24"}, {"*@example.com"}));
    source.grants.edit(0).rare.edit().until = TimePoint{std::chrono::seconds{100}};
    const Policy policy(source);
    EXPECT_EQ(extraordinary_ways(policy, TimePoint{std::chrono::seconds{99}}).size(), 2U);
    EXPECT_EQ(extraordinary_ways(policy, TimePoint{std::chrono::seconds{100}}).size(), 1U);
}

TEST(OpenRelay, NamesACauseThatLetsStrangersThrough) {
    PolicySource source = source_without_relay_domains();
    testing::cause_of(source, Cause::login_required).action = Action::off;
    const Policy policy(source);
    const auto ways = extraordinary_ways(policy);
    ASSERT_EQ(ways.size(), 2U);
    EXPECT_EQ(ways[1].rule, "cause.login-required");
    EXPECT_FALSE(ways[1].client.has_value());
}

TEST(OpenRelay, IsOpenToEverybodyWhoWritesToARelayDomain) {
    PolicySource source = source_without_relay_domains();
    source.trusted_networks.clear();
    ASSERT_TRUE(source.relay_domains.add("*.com"));
    const Policy policy(source);
    const auto ways = extraordinary_ways(policy);
    ASSERT_EQ(ways.size(), 1U);
    EXPECT_EQ(ways[0].rule, "relay.relay_domains");
    EXPECT_FALSE(ways[0].client.has_value());
    EXPECT_EQ(ways[0].recipients, OpenWay::Recipients::relay_domains);
}

TEST(OpenRelay, IsOpenToEverybodyWhereNoStandardMailerIsARemoteOne) {
    for (const auto& mailers : {std::vector<std::string>{}, std::vector<std::string>{"lmtp"}}) {
        PolicySource source = source_without_relay_domains();
        source.trusted_networks.clear();
        source.remote_mailers = mailers;
        const Policy policy(source);
        const auto ways = extraordinary_ways(policy);
        ASSERT_EQ(ways.size(), 1U);
        EXPECT_EQ(ways[0].rule, "relay.remote_mailers");
        EXPECT_EQ(ways[0].recipients, OpenWay::Recipients::other_mailers);
    }
}

TEST(OpenRelay, LeavesOutANetworkWhoseMailIsAllRefused) {
    PolicySource source = source_without_relay_domains();
    source.trusted_networks.clear();
    source.grants.push_back(client_grant("printers", {"192.0.2.0/25"}, {"*@example.com"}));
    Restriction restriction;
    restriction.id = "printers-off";
    restriction.clients.push_back({Network::parse("192.0.2.0/24").value(), {}});
    restriction.suspended = true;
    source.restrictions.push_back(restriction);
    EXPECT_EQ(extraordinary_ways(Policy(source)).size(), 0U);

    // A part of it, or a suspension that refuses nothing, leaves it in.
    source.restrictions.edit(0).clients[0].network = Network::parse("192.0.2.0/26").value();
    EXPECT_EQ(extraordinary_ways(Policy(source)).size(), 1U);
    source.restrictions.edit(0).clients[0].network = Network::parse("192.0.2.0/24").value();
    testing::cause_of(source, Cause::account_suspended).action = Action::monitor;
    EXPECT_EQ(extraordinary_ways(Policy(source)).size(), 1U);
}

}  // namespace
}  // namespace relaypermit

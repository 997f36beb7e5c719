// What is said to be open beside relaying, against the engine.
#include "tool/rehearse/open_inside.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "config/load.h"
#include "policy/evaluate.h"
#include "policy/reading.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

bool is_open(const Policy& policy, OpenSetting::Kind kind) {
    const auto open = open_settings(policy);
    return std::any_of(open.begin(), open.end(),
                       [&](const OpenSetting& one) { return one.kind == kind; });
}

bool lets_through(const Policy& policy, const Facts& facts, std::initializer_list<Stage> stages) {
    return std::none_of(stages.begin(), stages.end(), [&](Stage stage) {
        return evaluate(policy, facts, stage, Mode::enforce).refused();
    });
}

class OpenInside : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, OpenInside, ::testing::Range(1U, 4U));

TEST_P(OpenInside, IsWhatTheEngineLetsAnyoneSendToHostedRecipients) {
    RandomWorld world(GetParam());
    int yes = 0;
    int no = 0;
    int from_yes = 0;
    int from_no = 0;
    for (int p = 0; p < 250; ++p) {
        PolicySource source = world.policy();
        source.restrictions.clear();
        source.grants.clear();
        source.exceptions = {};
        source.causes[static_cast<std::size_t>(Cause::helo_forged)].action = Action::off;
        const Policy policy(source);
        for (int s = 0; s < 20; ++s) {
            Facts facts = world.facts(source);
            facts.auth_type.clear();
            facts.auth_authen.clear();
            if (facts.recipients.empty()) continue;
            facts.recipients = {facts.recipients.back()};
            const Reading reading = read_message(policy, facts);
            if (reading.submission || reading.trusted || facts.local_submission ||
                !read_recipient(policy, facts, facts.recipients.back()).hosted)
                continue;
            if (reading.sender.state == SenderReading::State::address &&
                policy.hosted(reading.sender.address.domain)) {
                const bool does = lets_through(policy, facts, {Stage::mail, Stage::rcpt});
                ++(does ? yes : no);
                ASSERT_EQ(is_open(policy, OpenSetting::Kind::sender), does)
                    << describe(source) << describe(facts);
            }
            if (reading.sender.state != SenderReading::State::null && reading.from &&
                !reading.from->empty() && policy.hosted(reading.from->front().domain)) {
                const bool does = lets_through(policy, facts, {Stage::headers});
                ++(does ? from_yes : from_no);
                ASSERT_EQ(is_open(policy, OpenSetting::Kind::from), does)
                    << describe(source) << describe(facts);
            }
        }
    }
    for (const int count : {yes, no, from_yes, from_no}) EXPECT_GE(count, 20);
}

TEST(OpenInsideSettings, NamesWhomARefusingCauseExcepts) {
    const Loaded loaded = load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[from]\nalignment = \"domain\"\n"
        "[cause.hosted-sender-needs-login]\naction = \"reject\"\n"
        "except_senders = [\"news@example.com\"]\nexcept_clients = [\"203.0.113.0/24\"]\n"
        "[cause.hosted-from-needs-login]\naction = \"reject\"\n"
        "except_senders = [\"*@lists.example.net\"]\n",
        "p", "h");
    ASSERT_TRUE(loaded.policy);
    std::vector<std::string> found;
    for (const OpenSetting& one : open_settings(*loaded.policy))
        found.push_back(one.what + " by " + one.setting);
    EXPECT_EQ(found, (std::vector<std::string>{
                         "as news@example.com by cause.hosted-sender-needs-login.except_senders",
                         "as a hosted sender from 203.0.113.0/24 by "
                         "cause.hosted-sender-needs-login.except_clients",
                         "with a hosted From as *@lists.example.net by "
                         "cause.hosted-from-needs-login.except_senders",
                         "From mailer-daemon@x by from.bounces",
                         "any From of its own by from.alignment"}));
    const auto news = open_to_anyone(*loaded.policy, {"news+x", "example.com"}, Match::yes);
    ASSERT_TRUE(news);
    EXPECT_EQ(news->setting, "cause.hosted-sender-needs-login.except_senders");
    const auto other = open_to_anyone(*loaded.policy, {"ceo", "example.com"}, Match::yes);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->setting, "cause.hosted-sender-needs-login.except_clients");
    EXPECT_TRUE(open_to_anyone(*loaded.policy, {"ceo", "shop.example"}, Match::unknown));
    EXPECT_FALSE(open_to_anyone(*loaded.policy, {"ceo", "shop.example"}, Match::no));
}

}  // namespace
}  // namespace relaypermit

#include "tool/rehearse/trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "policy/evaluate.h"
#include "policy/play.h"
#include "tests/support/describe.h"
#include "tests/support/policy_builder.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

using testing::basic_source;
using testing::grant;
using testing::submission;

// The answer that the steps of a question come to.
Coverage answer_of(const std::vector<TraceStep>& steps) {
    for (const Match match : {Match::yes, Match::unknown})
        for (const TraceStep& step : steps)
            if (step.matched == match) return {match, step.rule, {}};
    return {};
}

class TraceRandom : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, TraceRandom, ::testing::Range(1U, 5U));

TEST_P(TraceRandom, SaysYesExactlyWhereTheRightsDo) {
    RandomWorld world(GetParam());
    int yes = 0;
    int unknown = 0;
    for (int p = 0; p < 60; ++p) {
        const PolicySource source = world.policy();
        const Policy policy(source);
        for (int s = 0; s < 12; ++s) {
            const Facts facts = world.facts(source);
            const Reading reading = read_message(policy, facts);
            const Rights rights(policy, facts, reading);
            std::vector<Address> addresses;
            if (reading.sender.state == SenderReading::State::address)
                addresses.push_back(reading.sender.address);
            if (reading.from)
                addresses.insert(addresses.end(), reading.from->begin(), reading.from->end());
            const auto agree = [&](const SenderQuestion& question, const Coverage& coverage) {
                std::vector<bool> touched(source.grants.size(), false);
                const Coverage traced =
                    answer_of(trace_rights(policy, facts, reading, question, touched));
                ASSERT_TRUE(traced.match == coverage.match && traced.rule == coverage.rule)
                    << "trace: " << traced.rule << ", rights: " << coverage.rule << "\n"
                    << describe(source) << "\n"
                    << describe(facts);
                yes += coverage.match == Match::yes ? 1 : 0;
                unknown += coverage.match == Match::unknown ? 1 : 0;
            };
            for (const GrantField field :
                 {GrantField::envelope, GrantField::from, GrantField::sender}) {
                for (const Address& address : addresses)
                    agree({SenderQuestion::Kind::address, address, field},
                          rights.covers(address, field));
                agree({SenderQuestion::Kind::null, {}, field}, rights.covers_null(field));
                agree({SenderQuestion::Kind::anything, {}, field}, rights.covers_anything(field));
            }
            if (HasFatalFailure()) return;
        }
    }
    EXPECT_GE(yes, 250);
    EXPECT_GE(unknown, 10);
}

TEST_P(TraceRandom, SaysYesOfTheRestrictionThatTheVerdictNames) {
    RandomWorld world(GetParam() + 100);
    int refused = 0;
    for (int p = 0; p < 80; ++p) {
        const PolicySource source = world.policy();
        const Policy policy(source);
        for (int s = 0; s < 12; ++s) {
            const Facts facts = world.facts(source);
            for (const Stage stage : {Stage::mail, Stage::rcpt}) {
                const Verdict verdict = evaluate(policy, facts, stage, Mode::enforce);
                const bool by_restriction = verdict.refused() &&
                                            verdict.cause != Cause::lookup_failed &&
                                            !verdict.rules.empty();
                if (!by_restriction) continue;
                ++refused;
                const Trace traced = trace(policy, facts);
                const bool named = std::any_of(
                    traced.steps.begin(), traced.steps.end(), [&](const TraceStep& step) {
                        return step.rule == verdict.rules.front() && step.matched == Match::yes;
                    });
                ASSERT_TRUE(named) << describe(source) << "\n" << describe(facts);
            }
        }
    }
    EXPECT_GE(refused, 20);
}

std::string told(const Trace& traced) {
    std::string text;
    for (const TraceStep& step : traced.steps)
        text += (step.matched == Match::yes  ? "yes "
                 : step.matched == Match::no ? "no "
                                             : "unknown ") +
                step.rule + " [" + step.about + "]: " + step.why + "\n";
    return text + std::to_string(traced.other_grants) + " other grants, " +
           std::to_string(traced.other_restrictions) + " other restrictions\n";
}

bool is_restriction(const PolicySource& source, const std::string& id) {
    return std::any_of(source.restrictions.begin(), source.restrictions.end(),
                       [&](const Restriction& restriction) { return restriction.id == id; });
}

// Of the questions of a trace, each with all its steps: what it was about, and whether one says
// yes.
std::map<std::string, bool> questions_of(const PolicySource& source, const Trace& traced) {
    std::map<std::string, bool> questions;
    for (const TraceStep& step : traced.steps) {
        if (step.rule == "trusted-network" || is_restriction(source, step.rule)) continue;
        bool& yes = questions[step.about];
        yes = yes || step.matched == Match::yes;
    }
    return questions;
}

// A cause of a random policy may refuse nothing.
void set_actions(RandomWorld& world, PolicySource& source) {
    for (CausePolicy& cause : source.causes)
        if (world.chance(20))
            cause.action = world.chance(60) ? Action::off : Action::monitor;
        else if (world.chance(20))
            cause.action = Action::reject;
}

TEST_P(TraceRandom, NeverContradictsTheVerdict) {
    RandomWorld world(GetParam() + 200);
    int accepted = 0;
    int refused = 0;
    for (int p = 0; p < 120; ++p) {
        PolicySource source = world.policy();
        set_actions(world, source);
        const Policy policy(source);
        for (int s = 0; s < 12; ++s) {
            const Facts facts = world.facts(source);
            const Verdict verdict = play(policy, facts);
            const Trace traced = trace(policy, facts);
            const auto questions = questions_of(source, traced);
            const std::string world_in_words =
                told(traced) + describe(verdict) + "\n" + describe(source) + "\n" + describe(facts);
            const bool restricted =
                std::any_of(traced.steps.begin(), traced.steps.end(), [&](const TraceStep& step) {
                    return step.matched == Match::yes && (is_restriction(source, step.rule) ||
                                                          step.rule == "cause.account-suspended");
                });
            const bool unanswered = std::any_of(questions.begin(), questions.end(),
                                                [](const auto& one) { return !one.second; });
            if (!verdict.refused()) {
                ++accepted;
                ASSERT_FALSE(restricted) << world_in_words;
                ASSERT_FALSE(unanswered) << world_in_words;
                continue;
            }
            switch (*verdict.cause) {
                case Cause::account_suspended:
                case Cause::client_not_allowed:
                case Cause::weak_login:
                case Cause::recipient_not_allowed:
                    ASSERT_TRUE(restricted) << world_in_words;
                    break;
                case Cause::tls_required:
                case Cause::helo_forged:
                case Cause::hosted_from_needs_login:
                    break;  // about no address
                default:
                    ++refused;
                    ASSERT_TRUE(unanswered) << world_in_words;
            }
        }
    }
    EXPECT_GE(accepted, 100);
    EXPECT_GE(refused, 100);
}

TEST(Trace, SaysByWhichNameARestrictionHoldsForALoginWithASubaddress) {
    PolicySource source = basic_source();
    Restriction restriction;
    restriction.id = "cracked";
    restriction.suspended = true;
    restriction.logins.push_back({*Pattern::parse("bob@example.com", PatternRole::login), {}, {}});
    source.restrictions.push_back(restriction);
    const Facts facts = submission("bob+x@example.com", "bob@example.com");
    const std::string text = told(trace(Policy(source), facts));
    EXPECT_NE(text.find("yes cracked [login `bob+x@example.com`]: login `bob+x@example.com` is one "
                        "of `bob@example.com`, which is listed - suspended\n"),
              std::string::npos)
        << text;
}

TEST(Trace, NamesTheCauseThatRefusesNobody) {
    PolicySource source = basic_source();
    testing::cause_of(source, Cause::sender_not_owned).action = Action::off;
    testing::cause_of(source, Cause::from_not_owned).action = Action::monitor;
    Facts facts = submission("bob", "ceo@example.com");
    facts.headers = {{"From", "ceo@example.com"}};
    EXPECT_EQ(
        told(trace(Policy(source), facts)),
        "no own-address [sender ceo@example.com]: login `bob@example.com` is another address\n"
        "yes cause.sender-not-owned [sender ceo@example.com]: nobody is refused for it: "
        "`sender-not-owned` is off\n"
        "no own-address [From ceo@example.com]: login `bob@example.com` is another address\n"
        "yes cause.from-not-owned [From ceo@example.com]: nobody is refused for it: "
        "`from-not-owned` is monitor\n"
        "0 other grants, 0 other restrictions\n");
}

TEST(Trace, SaysWhyMailThatStaysHereNeedsNoGrant) {
    PolicySource source = basic_source();
    source.grants.push_back(
        testing::client_grant("printers", {"198.51.100.0/24"}, {"*@remote.example"}));
    source.grants.edit(0).fields = {true, false, false};
    Facts facts = testing::incoming("x@remote.example", "bob@example.com");
    facts.recipients.push_back({"<a@backup.example>", "relay"});
    facts.recipients.push_back({"<b@inner.example>", "local"});
    facts.headers = {{"From", "x@remote.example"}};
    EXPECT_EQ(told(trace(Policy(source), facts)),
              "no trusted-network [client 198.51.100.7]: client 198.51.100.7 is in no trusted "
              "network\n"
              "yes hosted-domain [recipient <bob@example.com>]: recipient is hosted here: anybody "
              "may send to it\n"
              "yes relay-domain [recipient <a@backup.example>]: recipient is in `relay_domains`: "
              "anybody may send to it\n"
              "yes local-mailer [recipient <b@inner.example>]: mailer `local` is not a remote one: "
              "the mail server delivers it here\n"
              "1 other grants, 0 other restrictions\n");
}

TEST(Trace, TellsOfARuleWhoseTimeItIsNot) {
    PolicySource source = basic_source();
    source.grants.push_back(grant("shop", {"bob@example.com"}, {"*@a.shops.example.com"}));
    source.grants.edit(0).rare.edit().since = TimePoint{std::chrono::seconds{3'000}};
    source.grants.edit(0).rare.edit().since_text = "2026-12-01";
    Restriction over;
    over.id = "over";
    over.logins = source.grants[0].logins;
    over.suspended = true;
    over.time.edit().until = TimePoint{std::chrono::seconds{2'000}};
    over.time.edit().until_text = "2026-01-31";
    source.restrictions.push_back(over);
    Facts facts = submission("bob", "orders@a.shops.example.com");
    facts.now = TimePoint{std::chrono::seconds{2'000}};
    const std::string text = told(trace(Policy(source), facts));
    EXPECT_NE(text.find(" - restriction ended on 2026-01-31\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" - grant begins on 2026-12-01\n"), std::string::npos) << text;
}

TEST(Trace, TellsWhyAGrantDidNotApply) {
    PolicySource source = basic_source();
    source.grants.push_back(grant("shop", {"bob@example.com"}, {"*@a.shops.example.com"}));
    LoginPattern bob = source.grants[0].logins[0];
    bob.group = "sales";
    source.grants.edit(0).logins = {bob};
    source.grants.edit(0).rare.edit().until = TimePoint{std::chrono::seconds{1'000}};
    source.grants.edit(0).rare.edit().until_text = "2026-01-31";
    source.grants.push_back(grant("office", {"*@example.com"}, {"orders@a.shops.example.com"}));
    source.grants.edit(1).rare.edit().networks = {testing::network("192.0.2.0/24")};
    source.grants.push_back(grant("others", {"eve"}, {"eve2@example.com"}));
    Facts facts = submission("bob", "orders@a.shops.example.com");
    facts.now = TimePoint{std::chrono::seconds{2'000}};
    facts.headers = {{"From", "orders+x@a.shops.example.com"}};
    EXPECT_EQ(
        told(trace(Policy(source), facts)),
        "no own-address [sender orders@a.shops.example.com]: login `bob@example.com` is another "
        "address\n"
        "no shop [sender orders@a.shops.example.com]: login `bob@example.com` is in group sales - "
        "sender matches `*@a.shops.example.com` - grant ended on 2026-01-31\n"
        "no office [sender orders@a.shops.example.com]: login `bob@example.com` matches "
        "`*@example.com` - sender `orders@a.shops.example.com` is listed - client 198.51.100.7 is "
        "not in 192.0.2.0/24\n"
        "no own-address [From orders+x@a.shops.example.com]: login `bob@example.com` is another "
        "address\n"
        "no shop [From orders+x@a.shops.example.com]: login `bob@example.com` is in group sales - "
        "sender matches `*@a.shops.example.com` - grant ended on 2026-01-31\n"
        "no office [From orders+x@a.shops.example.com]: login `bob@example.com` matches "
        "`*@example.com` - sender without what follows `+` `orders@a.shops.example.com` is listed "
        "- client 198.51.100.7 is not in 192.0.2.0/24\n"
        "1 other grants, 0 other restrictions\n");
}

TEST(Trace, AnswersOnceForTwoFieldsOfOneAddress) {
    const Policy policy(basic_source());
    Facts facts = submission("alice", "alice+list@example.com");
    facts.headers = {{"From", "alice+list@example.com"}};
    EXPECT_EQ(told(trace(policy, facts)),
              "yes own-address [sender alice+list@example.com, From alice+list@example.com]: login "
              "`alice@example.com` is this address without what follows `+`\n"
              "0 other grants, 0 other restrictions\n");
}

TEST(Trace, TellsWhatARestrictionSays) {
    PolicySource source = basic_source();
    Restriction inside;
    inside.id = "inside";
    inside.logins = testing::logins({"scanner"});
    inside.recipients.emplace();
    inside.recipients_hosted = true;
    inside.networks = {testing::network("198.51.100.0/24")};
    source.restrictions.push_back(inside);
    Facts facts = submission("scanner", "scanner@example.com");
    facts.recipients = {{"<a@example.com>", "local"}, {"<b@remote.example>", "smtp"}};
    facts.headers = {{"From", "scanner@example.com"}};
    const Trace traced = trace(Policy(source), facts);
    ASSERT_FALSE(traced.steps.empty());
    EXPECT_EQ(traced.steps[0].matched, Match::yes);
    EXPECT_EQ(traced.steps[0].why,
              "login `scanner@example.com` is listed - client 198.51.100.7 is in 198.51.100.0/24 - "
              "recipient `<a@example.com>` is allowed - recipient `<b@remote.example>` is not "
              "hosted");
}

TEST(Trace, LeavesOutTheRecipientsOfTheSendmailCommandWhichNoRestrictionRefuses) {
    PolicySource source = basic_source();
    Restriction inside;
    inside.id = "inside";
    inside.clients = {{testing::network("198.51.100.0/24"), {}}};
    inside.recipients.emplace();
    inside.recipients_hosted = true;
    source.restrictions.push_back(inside);
    Facts facts = testing::incoming("bob@example.com", "x@remote.example");
    EXPECT_EQ(trace(Policy(source), facts).steps.at(1).matched, Match::yes);
    facts.local_submission = true;
    EXPECT_EQ(trace(Policy(source), facts).steps.at(1).matched, Match::no);
}

TEST(Trace, TellsAClientWithoutALoginWhetherItIsTrusted) {
    const Policy policy(basic_source());
    Facts facts = submission("", "x@example.com");
    EXPECT_EQ(trace(policy, facts).steps.at(0).why, "client 198.51.100.7 is in no trusted network");
    facts.client = IpAddress::parse("127.0.0.1");
    EXPECT_EQ(trace(policy, facts).steps.at(0).why, "client 127.0.0.1 is in 127.0.0.0/8");
}

TEST(Trace, TellsWhyAReportOfARefusalIsOrIsNotEverybodys) {
    PolicySource source = basic_source();
    Facts facts = submission("bob", "");
    const auto step = [&](const std::string& sender, const std::string& from) {
        facts.sender_argument = sender;
        facts.sender_by_mta.reset();
        facts.headers = {{"From", from}};
        for (const TraceStep& one : trace(Policy(source), facts).steps)
            if (one.rule == "bounce")
                return (one.matched == Match::yes ? "yes: " : "no: ") + one.why;
        return std::string("no step");
    };
    const std::string report = "MAILER-DAEMON@host.example (Mail Delivery System)";
    EXPECT_EQ(step("<>", report),
              "yes: the sender is null and From is mailer-daemon@ alone, which is everybody's");
    EXPECT_EQ(step("<bob@example.com>", report), "no: the sender is not the null sender");
    EXPECT_EQ(step("<>", report + ", bob@example.com"), "no: From has another @ beside it");
    EXPECT_EQ(step("<>", "eve@example.com"), "no step");
    source.accepts_bounces = false;
    EXPECT_EQ(step("<>", report), "no: `bounces` is refuse");
}

TEST(Trace, LeavesOutWhatOthersMaySendAsAnyone) {
    PolicySource source = basic_source();
    source.grants.push_back(grant("tickets", {"tickets@example.com"}, {"*"}));
    source.grants.push_back(grant("shop", {"carol@example.com"}, {"orders@example.com"}));
    const Trace told = trace(Policy(source), submission("bob", "orders@example.com"));
    const auto names = [&](std::string_view rule) {
        return std::any_of(told.steps.begin(), told.steps.end(),
                           [&](const TraceStep& step) { return step.rule == rule; });
    };
    EXPECT_FALSE(names("tickets"));
    EXPECT_TRUE(names("shop"));
}

}  // namespace
}  // namespace relaypermit

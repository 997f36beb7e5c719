// Facts of a [[test]], and how a test is played.
#include "config/test_case.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/load.h"
#include "policy/play.h"
#include "tests/support/source_directory.h"

namespace relaypermit {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint present = std::chrono::sys_days(2026y / 11 / 21);

Loaded load(const std::string& rules) {
    Loaded loaded = load_policy_text(R"toml([server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
relay_domains = ["backup.example"]
[login]
default_realm = "example.com"
)toml" + rules,
                                     "policy.toml", "host.example");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

TEST(CaseFacts, HaveTheDocumentedDefaults) {
    const Loaded loaded = load("");
    const Facts facts = case_facts({}, *loaded.policy, present);
    EXPECT_EQ(facts.client, IpAddress::parse("198.51.100.1"));
    EXPECT_EQ(facts.port, 587);
    EXPECT_EQ(facts.daemon_name, "");
    EXPECT_EQ(facts.mta, Mta::postfix);
    EXPECT_EQ(facts.tls, "TLSv1.3");
    EXPECT_EQ(facts.helo, "client.example");
    EXPECT_EQ(facts.auth_type, "");
    EXPECT_EQ(facts.auth_authen, "");
    EXPECT_EQ(facts.sender_argument, "<x@remote.invalid>");
    ASSERT_EQ(facts.recipients.size(), 1U);
    EXPECT_EQ(facts.recipients[0].argument, "<someone@remote.invalid>");
    EXPECT_EQ(facts.recipients[0].mailer, "smtp");
    ASSERT_EQ(facts.headers.size(), 1U);
    EXPECT_EQ(facts.headers[0].name, "From");
    EXPECT_EQ(facts.headers[0].value, "x@remote.invalid");
    EXPECT_EQ(facts.now, present);
    EXPECT_FALSE(facts.local_submission);
}

TEST(TestTable, HoldsTheRowsThatItIsGiven) {
    const Loaded loaded = load(R"toml(
[[test]]
name = "a"
expect = "accept"
[[test.table]]
id = "staff"
rows = ["bob@example.com  info@example.com, sales@example.com", "@example.com\tcarol"]
[[test.table]]
id = "gone"
down = true
)toml");
    ASSERT_EQ(loaded.tests.size(), 1U);
    const auto& tables = loaded.tests[0].tables;
    ASSERT_EQ(tables.size(), 2U);
    EXPECT_EQ(tables[0].id, "staff");
    ASSERT_EQ(tables[0].rows.size(), 2U);
    EXPECT_EQ(tables[0].rows[0].key, "bob@example.com");
    EXPECT_EQ(tables[0].rows[0].values, "info@example.com, sales@example.com");
    EXPECT_EQ(tables[0].rows[1].values, "carol");
    EXPECT_FALSE(tables[0].down);
    EXPECT_TRUE(tables[1].down);
}

TEST(TestTable, SaysWhatIsNoRowAndWhatHasNoId) {
    const Loaded loaded = load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[[test]]\nname = \"a\"\nexpect = \"accept\"\n"
        "[[test.table]]\nrows = [\"bob@example.com\"]\nrow = 1\n",
        "policy.toml", "host.example");
    ASSERT_EQ(loaded.errors.size(), 3U);
    EXPECT_EQ(to_string(loaded.errors[0]),
              "policy.toml:6:1: error: [[test.table]] has no `id` (that of an [[alias_table]] or "
              "[[domain_table]])");
    EXPECT_EQ(to_string(loaded.errors[1]),
              "policy.toml:7:9: error: `bob@example.com` is not a row (as in \"bob@example.com  "
              "info@example.com, sales@example.com\")");
    EXPECT_EQ(to_string(loaded.errors[2]),
              "policy.toml:8:1: error: unknown key `row` in [[test.table]] (did you mean `rows`?)");
}

TEST(CaseFacts, OfALoginAreItsAddress) {
    const Loaded loaded = load("");
    const Facts facts = case_facts({.login = "Alice"}, *loaded.policy, present);
    EXPECT_EQ(facts.auth_type, "PLAIN");
    EXPECT_EQ(facts.auth_authen, "Alice");
    EXPECT_EQ(facts.sender_argument, "<Alice@example.com>");
    EXPECT_EQ(facts.headers.at(0).value, "Alice@example.com");
}

TEST(CaseFacts, OfTheNullSenderHaveTheLoginInFrom) {
    const Loaded loaded = load("");
    const Facts with = case_facts({.login = "alice", .sender = ""}, *loaded.policy, present);
    EXPECT_EQ(with.sender_argument, "<>");
    EXPECT_EQ(with.headers.at(0).value, "alice@example.com");
    const Facts without = case_facts({.sender = ""}, *loaded.policy, present);
    EXPECT_EQ(without.sender_argument, "<>");
    EXPECT_EQ(without.headers.at(0).value, "x@remote.invalid");
}

TEST(CaseFacts, TakeAPathAsItStands) {
    const Loaded loaded = load("");
    const Facts facts =
        case_facts({.sender = "<@a.example:bob@example.com>"}, *loaded.policy, present);
    EXPECT_EQ(facts.sender_argument, "<@a.example:bob@example.com>");
    EXPECT_EQ(facts.headers.at(0).value, "bob@example.com");
}

TEST(CaseFacts, HaveTlsOnSubmissionPortsOnly) {
    const Loaded loaded = load("");
    const auto tls = [&](const CaseFacts& facts) {
        return case_facts(facts, *loaded.policy, present).tls;
    };
    EXPECT_EQ(tls({.port = 465}), "TLSv1.3");
    EXPECT_EQ(tls({.port = 25}), "");
    EXPECT_EQ(tls({.port = 25, .daemon_name = "MSA-v6"}), "TLSv1.3");
    EXPECT_EQ(tls({.port = 25, .tls = true}), "TLSv1.3");
    EXPECT_EQ(tls({.port = 587, .tls = false}), "");
}

TEST(CaseFacts, AreNoSubmissionByADaemonWithoutAName) {
    PolicySource source;
    source.submission_daemon_names = {""};
    EXPECT_EQ(case_facts({.port = 25}, Policy(source), present).tls, "");
}

TEST(CaseFacts, DeliverEachRecipientAsItsDomainIs) {
    const Loaded loaded = load("");
    const Facts facts = case_facts(
        {.recipients = {"a@remote.example", "b@EXAMPLE.com", "c@backup.example", "<postmaster>"}},
        *loaded.policy, present);
    ASSERT_EQ(facts.recipients.size(), 4U);
    EXPECT_EQ(facts.recipients[0].mailer, "smtp");
    EXPECT_EQ(facts.recipients[1].mailer, "local");
    EXPECT_EQ(facts.recipients[2].mailer, "relay");
    EXPECT_EQ(facts.recipients[3].argument, "<postmaster>");
    EXPECT_EQ(facts.recipients[3].mailer, "local");
    EXPECT_EQ(case_facts({.rcpt_mailer = "virtual"}, *loaded.policy, present).recipients[0].mailer,
              "virtual");
}

TEST(CaseFacts, LeaveByAMailerThatThePolicyCallsRemote) {
    const Loaded loaded =
        load_policy_text("[relay]\nremote_mailers = [\"out\"]\n", "policy.toml", "host.example");
    ASSERT_TRUE(loaded.policy);
    EXPECT_EQ(case_facts({}, *loaded.policy, present).recipients[0].mailer, "out");
}

// Sendmail encodes a login (RFC 3461 xtext), and evaluate() decodes it.
TEST(CaseFacts, OfSendmailHoldTheLoginAsItHandsItOver) {
    const Loaded loaded = load("");
    const Facts facts = case_facts({.mta = Mta::sendmail, .login = "a+b =\xC3\xBC@example.com"},
                                   *loaded.policy, present);
    EXPECT_EQ(facts.auth_authen, "a+2Bb+20+3D+C3+BC@example.com");
    EXPECT_EQ(case_facts({.login = "a+b@example.com"}, *loaded.policy, present).auth_authen,
              "a+b@example.com");
}

TEST(CaseFacts, KeepHeaderFieldsAsReceived) {
    const Loaded loaded = load("");
    const Facts facts = case_facts(
        {.headers = std::vector<std::string>{"From: a@b", "From : c@d", "Sender:\te@f\n g"}},
        *loaded.policy, present);
    ASSERT_EQ(facts.headers.size(), 3U);
    EXPECT_EQ(facts.headers[0].name, "From");
    EXPECT_EQ(facts.headers[0].value, "a@b");
    EXPECT_EQ(facts.headers[1].name, "From ");
    EXPECT_EQ(facts.headers[1].value, "c@d");
    EXPECT_EQ(facts.headers[2].value, "\te@f\n g");
    EXPECT_TRUE(case_facts({.headers = std::vector<std::string>{}}, *loaded.policy, present)
                    .headers.empty());
}

// --- Playing -------------------------------------------------------------------------------------

Verdict play_case(const Loaded& loaded, const CaseFacts& facts) {
    return play(*loaded.policy, case_facts(facts, *loaded.policy, present));
}

constexpr const char* shop = R"toml([[alias]]
id = "shop"
logins = ["bob"]
senders = ["orders@example.com"]
fields = ["envelope"]
[[alias]]
id = "writers"
logins = ["bob"]
senders = ["orders@example.com"]
fields = ["from"]
)toml";

TEST(Play, NamesTheRulesOfAllStages) {
    const Loaded loaded = load(shop);
    const Verdict verdict = play_case(loaded, {.login = "bob", .sender = "orders@example.com"});
    EXPECT_EQ(verdict.outcome, Outcome::accept);
    EXPECT_EQ(verdict.stage, Stage::headers);
    EXPECT_EQ(verdict.rules, (std::vector<std::string>{"shop", "writers"}));
}

TEST(Play, EndsAtTheFirstRefusal) {
    const Loaded loaded = load(
        "[[restrict]]\nid = \"inside\"\nlogins = [\"bob\"]\n"
        "recipients = [\"hosted\"]\n");
    const Verdict verdict =
        play_case(loaded, {.login = "bob",
                           .recipients = {"a@example.com", "b@remote.example", "c@example.com"},
                           .headers = std::vector<std::string>{}});
    EXPECT_EQ(verdict.outcome, Outcome::reject);
    EXPECT_EQ(verdict.cause, Cause::recipient_not_allowed);
    EXPECT_EQ(verdict.recipient, "b@remote.example");
    EXPECT_EQ(verdict.rules, std::vector<std::string>{"inside"});
}

TEST(Play, ChecksTheHeadersLast) {
    const Loaded loaded = load("");
    const Verdict verdict =
        play_case(loaded, {.login = "bob", .headers = std::vector<std::string>{"Subject: x"}});
    EXPECT_EQ(verdict.cause, Cause::from_unusable);
}

TEST(Play, AcceptsWhatAMonitoredCauseWouldRefuse) {
    const Loaded loaded = load(
        "[cause.sender-not-owned]\naction = \"monitor\"\n"
        "[cause.from-not-owned]\naction = \"monitor\"\n");
    const Verdict verdict = play_case(loaded, {.login = "bob", .sender = "ann@example.com"});
    EXPECT_EQ(verdict.outcome, Outcome::accept);
    EXPECT_FALSE(verdict.cause);
    EXPECT_EQ(verdict.also, (std::vector<Cause>{Cause::sender_not_owned, Cause::from_not_owned}));
}

TEST(Play, RefusesInEarnestWhateverTheModeOfThePolicy) {
    Loaded loaded =
        load_policy_text("mode = \"monitor\"\n[relay]\nhosted_domains = [\"example.com\"]\n",
                         "policy.toml", "host.example");
    ASSERT_TRUE(loaded.policy);
    const Verdict verdict =
        play_case(loaded, {.login = "bob@example.com", .sender = "ann@example.com"});
    EXPECT_EQ(verdict.outcome, Outcome::reject);
    EXPECT_EQ(verdict.cause, Cause::sender_not_owned);
}

TEST(Play, HoldsTheTestsOfBothSamples) {
    for (const std::string name : {"policy.toml", "policy.full.toml"}) {
        std::ifstream file(testing::source_directory() / "config" / name);
        std::stringstream text;
        text << file.rdbuf();
        const Loaded loaded = load_policy_text(text.str(), name, "host.example");
        ASSERT_TRUE(loaded.policy) << name;
        ASSERT_FALSE(loaded.tests.empty()) << name;
        for (const TestCase& test : loaded.tests) {
            const Verdict verdict = play_case(loaded, test.facts);
            EXPECT_EQ(verdict.cause ? to_string(*verdict.cause) : "accept", test.expect)
                << test.name;
            if (test.rule) {
                EXPECT_NE(std::find(verdict.rules.begin(), verdict.rules.end(), *test.rule),
                          verdict.rules.end())
                    << test.name;
            }
        }
    }
}

}  // namespace
}  // namespace relaypermit

#include "milter/session.h"

#include <gtest/gtest.h>

#include "tests/support/daemon_fakes.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"(
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
trusted_networks = ["192.0.2.0/28"]
[login]
default_realm = "example.com"
[[alias]]
id = "shop-team"
logins = ["bob@example.com"]
senders = ["orders@example.com"]
)";

std::string code_of(const std::optional<Reply>& reply) {
    return reply ? to_string(reply->code) : "none";
}

// --- One message -------------------------------------------------------------------------------

TEST(Session, AcceptsAnOwnSenderAndWritesOneLine) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_EQ(code_of(mta.message("<alice@example.com>", "Alice <alice@example.com>")), "none");

    ASSERT_EQ(world.records.records.size(), 1U);
    const Record& record = world.records.records.front();
    EXPECT_EQ(record.verdict, Outcome::accept);
    EXPECT_EQ(record.cause, std::nullopt);
    EXPECT_EQ(record.queue_id, "4c1X2b3d");
    EXPECT_EQ(record.login, "alice@example.com");
    EXPECT_EQ(record.sender, "alice@example.com");
    EXPECT_EQ(record.from, std::vector<std::string>{"alice@example.com"});
    EXPECT_EQ(record.recipients, std::vector<std::string>{"x@remote.example"});
    EXPECT_EQ(record.client, "198.51.100.1");
    EXPECT_EQ(record.port, 587);
    EXPECT_EQ(record.tls, "TLSv1.3");
    EXPECT_EQ(record.helo, "client.example");
    EXPECT_EQ(record.rules, std::vector<std::string>{"own-address"});
    EXPECT_EQ(record.reply, "");
}

TEST(Session, RefusesASenderThatIsNotOwnedAtMail) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    const auto reply = mta.mail("<orders@example.com>");
    ASSERT_TRUE(reply);
    EXPECT_EQ(to_string(reply->code), "550 5.7.1");

    ASSERT_EQ(world.records.records.size(), 1U);
    const Record& record = world.records.records.front();
    EXPECT_EQ(record.cause, Cause::sender_not_owned);
    EXPECT_EQ(record.stage, Stage::mail);
    EXPECT_EQ(record.queue_id, "");
    EXPECT_EQ(record.reply, to_string(*reply));
    EXPECT_NE(reply->text.find("ref " + record.reference), std::string::npos);
    EXPECT_FALSE(mta.session.in_message());
}

TEST(Session, RefusesAFromThatIsNotOwnedAtTheEndOfTheMessage) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_EQ(code_of(mta.message("<alice@example.com>", "boss@example.com")), "550 5.7.1");
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].cause, Cause::from_not_owned);
    EXPECT_EQ(world.records.records[0].stage, Stage::headers);
    EXPECT_EQ(world.records.records[0].queue_id, "4c1X2b3d");
}

TEST(Session, NamesTheRulesOfAllStagesInTheOneLine) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("bob@example.com");
    EXPECT_EQ(code_of(mta.message("<orders@example.com>", "bob@example.com")), "none");
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].rules,
              (std::vector<std::string>{"shop-team", "own-address"}));
}

TEST(Session, RefusesOneRecipientAndGoesOnWithTheOthers) {
    World world(R"(
[relay]
hosted_domains = ["example.com"]
[[restrict]]
id = "stays-inside"
logins = ["scanner@example.com"]
recipients = ["hosted"]
)");
    FakeMta mta(world);
    mta.open();
    mta.log_in("scanner@example.com");
    ASSERT_FALSE(mta.mail("<scanner@example.com>"));
    EXPECT_FALSE(mta.rcpt("<staff@example.com>", "virtual", "example.com"));
    EXPECT_EQ(code_of(mta.rcpt("<x@remote.example>")), "550 5.7.1");
    EXPECT_FALSE(mta.rcpt("<boss@example.com>", "virtual", "example.com"));
    mta.session.header("From", " scanner@example.com");
    EXPECT_FALSE(mta.end());

    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[0].cause, Cause::recipient_not_allowed);
    EXPECT_EQ(world.records.records[1].verdict, Outcome::accept);
    EXPECT_EQ(world.records.records[1].recipients,
              (std::vector<std::string>{"staff@example.com", "boss@example.com"}));
    EXPECT_EQ(world.records.records[1].recipient_count, 2U);
}

TEST(Session, KeepsTheNullSenderOfPickupApartFromAnAddress) {
    World world(policy);
    FakeMta mta(world);
    mta.client = {"localhost", IpAddress::parse("127.0.0.1"), 0, true};
    mta.values.erase("{daemon_port}");
    mta.connect();
    mta.helo();
    EXPECT_FALSE(mta.mail_as("", ""));
    EXPECT_FALSE(mta.rcpt("x@remote.example", "", ""));
    EXPECT_FALSE(mta.end());
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].sender, "<>");
}

TEST(Session, LetsALocalSendmailBsRelayWhichHasNoConnection) {
    World world(policy);
    FakeMta mta(world);
    mta.be_sendmail();
    mta.values["{opMode}"] = "s";
    mta.client = {"localhost", {}, 0, false};
    mta.values.erase("{daemon_port}");
    mta.connect();
    mta.helo();
    EXPECT_FALSE(mta.mail("<root@remote.example>"));
    EXPECT_FALSE(mta.rcpt("<x@remote.example>"));
}

// --- Several messages, and what ends one -------------------------------------------------------

TEST(Session, ForgetsEverythingOfAMessageAtTheNextMail) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    ASSERT_FALSE(mta.rcpt("<first@remote.example>"));
    mta.session.header("From", " boss@example.com");
    // No ABORT: Postfix drops it after a refusal, and none comes behind the end of a message.
    EXPECT_FALSE(mta.message("<alice@example.com>", "alice@example.com", "<two@remote.example>"));
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].recipients, std::vector<std::string>{"two@remote.example"});
    EXPECT_EQ(world.records.records[0].from, std::vector<std::string>{"alice@example.com"});
}

TEST(Session, DoesNotGiveTheQueueIdOfTheLastMessageToTheNext) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.message("<alice@example.com>", "alice@example.com"));
    ASSERT_TRUE(mta.mail("<boss@example.com>"));
    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[1].queue_id, "");
}

TEST(Session, GoesOnAfterRset) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    mta.session.abort();
    EXPECT_FALSE(mta.session.in_message());
    EXPECT_FALSE(mta.message("<alice@example.com>", "alice@example.com"));
    EXPECT_EQ(world.records.records.size(), 1U);
}

TEST(Session, PutsOffRecipientsAndContentWithoutAnAcceptedMail) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    EXPECT_EQ(code_of(mta.rcpt("<x@remote.example>")), "450 4.3.0");
    mta.session.header("From", " x@example.com");
    EXPECT_EQ(code_of(mta.end()), "450 4.3.0");
    ASSERT_TRUE(mta.mail("<alice@example.com>"));  // no login
    EXPECT_EQ(code_of(mta.rcpt("<x@remote.example>")), "450 4.3.0");
    EXPECT_EQ(world.records.records.size(), 1U);
}

// --- Logins that come and go -------------------------------------------------------------------

TEST(Session, EndsTheLoginAtStarttlsWhereTheMtaDoes) {
    World world(policy);
    FakeMta mta(world);
    mta.connect();
    mta.helo();
    mta.log_in("alice@example.com");
    mta.mail("<alice@example.com>");  // refused: no TLS yet
    // STARTTLS: Postfix drops the login and says ABORT; the client greets again.
    mta.session.abort();
    mta.log_out();
    mta.tls();
    mta.helo();
    EXPECT_EQ(code_of(mta.mail("<alice@example.com>")), "530 5.7.0");
    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[0].cause, Cause::tls_required);
    EXPECT_EQ(world.records.records[1].cause, Cause::login_required);
    EXPECT_EQ(world.records.records[1].login, "");
}

TEST(Session, KeepsTheLoginOverStarttlsWhereSendmailDoes) {
    World world(policy);
    FakeMta mta(world);
    mta.be_sendmail();
    mta.connect();
    mta.helo();
    mta.log_in("alice@example.com");
    mta.session.abort();
    mta.tls();
    mta.helo();
    EXPECT_FALSE(mta.mail("<alice@example.com>"));
}

TEST(Session, JudgesEachMessageByTheLoginOfItsOwnMail) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_FALSE(mta.message("<alice@example.com>", "alice@example.com"));
    mta.log_in("bob@example.com");
    EXPECT_TRUE(mta.mail("<alice@example.com>"));
    EXPECT_FALSE(mta.message("<orders@example.com>", "bob@example.com"));
}

TEST(Session, StartsAnewWhenTheClientChanges) {
    // XCLIENT: the MTA makes a new connection of it.
    World world(policy);
    FakeMta mta(world);
    mta.client.ip = IpAddress::parse("192.0.2.1");
    mta.open();
    EXPECT_FALSE(mta.message("<any@remote.example>", "any@remote.example"));
    mta.client.ip = IpAddress::parse("2001:db8::1");
    mta.open();
    EXPECT_TRUE(mta.mail("<any@remote.example>"));
    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[0].rules, std::vector<std::string>{"trusted-network"});
    EXPECT_EQ(world.records.records[1].client, "2001:db8::1");
    EXPECT_EQ(world.records.records[1].cause, Cause::login_required);
}

// --- The policy's snapshots --------------------------------------------------------------------

TEST(Session, JudgesAMessageToItsEndByThePolicyThatItBeganWith) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("bob@example.com");
    ASSERT_FALSE(mta.mail("<orders@example.com>"));
    world.snapshots.set("[relay]\nhosted_domains = [\"example.com\"]\n");
    ASSERT_FALSE(mta.rcpt("<x@remote.example>"));
    mta.session.header("From", " orders@example.com");
    EXPECT_FALSE(mta.end());
    EXPECT_TRUE(mta.mail("<orders@example.com>"));
}

TEST(Session, PutsAMessageOffWhereAReloadBeganToReadHeadersThatWereNotAskedFor) {
    World world(R"(
[relay]
hosted_domains = ["example.com"]
[cause.from-unusable]
action = "off"
[cause.from-not-owned]
action = "off"
)");
    ASSERT_FALSE(world.snapshots.current()->wants_headers);
    FakeMta mta(world, HeaderEvents::not_asked_for);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    ASSERT_FALSE(mta.rcpt("<x@remote.example>"));
    ASSERT_FALSE(mta.end());

    world.snapshots.set(policy);
    EXPECT_EQ(code_of(mta.mail("<alice@example.com>")), "450 4.3.0");
    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[1].verdict, Outcome::tempfail);
    EXPECT_EQ(world.records.records[1].cause, Cause::lookup_failed);
    // What the policy refuses without headers is still refused for what it is.
    EXPECT_EQ(code_of(mta.mail("<boss@example.com>")), "550 5.7.1");
}

TEST(Session, LeavesHeadersToAnotherFrontEndWhereItNeverSeesThem) {
    World world(policy);
    FakeMta mta(world, HeaderEvents::never);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_FALSE(mta.mail("<alice@example.com>"));
}

// --- What wrote the message --------------------------------------------------------------------

class SessionThatNamesPrograms : public ::testing::Test {
  protected:
    std::optional<std::string> agent_after(
        const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
        EXPECT_FALSE(mta.mail("<alice@example.com>"));
        EXPECT_FALSE(mta.rcpt("<x@remote.example>"));
        for (const auto& [name, value] : fields) mta.session.header(name, value);
        mta.session.header("From", " alice@example.com");
        (void)mta.end();
        return world.records.records.back().agent;
    }
    void SetUp() override {
        mta.open();
        mta.log_in("alice@example.com");
    }

    World world{std::string(policy) + "[log]\nagent = true\n"};
    FakeMta mta{world};
};

TEST_F(SessionThatNamesPrograms, TakesTheFirstUserAgentElseTheFirstXMailer) {
    EXPECT_EQ(agent_after({}), "");
    EXPECT_EQ(agent_after({{"User-Agent", " Mozilla Thunderbird"}}), "Mozilla Thunderbird");
    EXPECT_EQ(agent_after({{"x-mailer", " A"}, {"X-Mailer", " B"}}), "A");
    EXPECT_EQ(agent_after({{"X-Mailer", " A"}, {"user-agent ", "B"}, {"User-Agent", "C"}}), "B");
    EXPECT_EQ(agent_after({{"User-Agent", " B"}, {"X-Mailer", " A"}}), "B");
    EXPECT_EQ(agent_after({{"User-Agent", " \r\n "}, {"X-Mailer", " A"}}), "A");
    EXPECT_EQ(agent_after({{"User-Agents", " B"}, {"X-Mailer-Info", " A"}}), "");
}

TEST_F(SessionThatNamesPrograms, TakesItAsDataWithoutItsFolds) {
    EXPECT_EQ(agent_after({{"User-Agent", " A\r\n\tB\n C\rD\r"}}), "A\tB C\rD");
    const std::string hostile = "\"reply=-\" \xC3\xBC\xFF " + std::string(2000, 'x');
    const auto kept = agent_after({{"User-Agent", hostile}});
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kept->starts_with("\"reply=-\" \xC3\xBC\xFF xxx"));
    EXPECT_TRUE(kept->ends_with("xxx..."));
    EXPECT_LE(kept->size(), max_value_bytes + 3);
}

TEST_F(SessionThatNamesPrograms, ForgetsItWithItsMessageAndKnowsNoneAtMail) {
    EXPECT_EQ(agent_after({{"User-Agent", " A"}}), "A");
    EXPECT_TRUE(mta.mail("<boss@example.com>"));
    EXPECT_EQ(world.records.records.back().agent, "");
    EXPECT_EQ(agent_after({}), "");
}

TEST_F(SessionThatNamesPrograms, PutsNothingOffForIt) {
    World calm(R"(
[relay]
hosted_domains = ["example.com"]
[cause.from-unusable]
action = "off"
[cause.from-not-owned]
action = "off"
[log]
agent = true
)");
    FakeMta other(calm, HeaderEvents::not_asked_for);
    other.open();
    other.log_in("alice@example.com");
    EXPECT_FALSE(other.mail("<alice@example.com>"));
}

TEST(Session, KeepsNoNameOfAProgramUnlessThePolicySaysSo) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    ASSERT_FALSE(mta.rcpt("<x@remote.example>"));
    mta.session.header("User-Agent", " A");
    mta.session.header("From", " alice@example.com");
    ASSERT_FALSE(mta.end());
    EXPECT_EQ(world.records.records.back().agent, std::nullopt);
}

// --- Monitoring --------------------------------------------------------------------------------

TEST(Session, RecordsAMonitoredRefusalAtItsStageAndNamesItInTheAcceptance) {
    World world(R"(
mode = "monitor"
[relay]
hosted_domains = ["example.com"]
)");
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_FALSE(mta.message("<boss@example.com>", "carol@example.com"));
    ASSERT_EQ(world.records.records.size(), 3U);
    EXPECT_EQ(world.records.records[0].verdict, Outcome::monitor);
    EXPECT_EQ(world.records.records[0].cause, Cause::sender_not_owned);
    EXPECT_NE(world.records.records[0].reply, "");
    EXPECT_EQ(world.records.records[1].verdict, Outcome::monitor);
    EXPECT_EQ(world.records.records[1].stage, Stage::headers);
    EXPECT_EQ(world.records.records[2].verdict, Outcome::accept);
    EXPECT_EQ(world.records.records[2].also,
              (std::vector<Cause>{Cause::sender_not_owned, Cause::from_not_owned}));
    EXPECT_EQ(world.records.records[2].reply, "");
}

// --- Recipients that the MTA refuses -----------------------------------------------------------

TEST(Session, DiagnosesWhyTheMtaRefusedToRelay) {
    World world(policy);
    FakeMta mta(world);
    mta.values["{daemon_port}"] = "25";
    mta.connect();
    mta.helo();
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    EXPECT_FALSE(mta.rcpt("<x@remote.example>", "error", "5.7.1", "Relay access denied"));
    EXPECT_FALSE(mta.rcpt("<staff@example.com>", "virtual", "example.com"));
    EXPECT_FALSE(mta.end());
    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[0].verdict, Outcome::mta_reject);
    EXPECT_EQ(world.records.records[0].cause, Cause::use_submission);
    EXPECT_EQ(world.records.records[0].reply, "5.7.1 Relay access denied");
    EXPECT_EQ(world.records.records[1].verdict, Outcome::accept);
    EXPECT_EQ(world.records.records[1].recipients, std::vector<std::string>{"staff@example.com"});
}

TEST(Session, LeavesOtherRefusalsOfTheMtaAlone) {
    World world(policy);
    FakeMta mta(world);
    mta.values["{daemon_port}"] = "25";
    mta.connect();
    mta.helo();
    ASSERT_FALSE(mta.mail("<x@remote.example>"));
    EXPECT_FALSE(mta.rcpt("<nobody@example.com>", "error", "5.1.1",
                          "Recipient address rejected: User unknown in virtual mailbox table"));
    EXPECT_TRUE(world.records.records.empty());
}

TEST(Session, JudgesAVirtualAliasOfPostfixAsAnAcceptedRecipient) {
    // Postfix says {rcpt_mailer}=error of these although it accepts them.
    World world(policy);
    FakeMta mta(world);
    mta.values["{daemon_port}"] = "25";
    mta.connect();
    mta.helo();
    ASSERT_FALSE(mta.mail("<x@remote.example>"));
    EXPECT_FALSE(mta.rcpt("<list@example.com>", "error",
                          "5.1.1 User unknown in virtual alias table", "list@example.com"));
    EXPECT_FALSE(mta.end());
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].recipients, std::vector<std::string>{"list@example.com"});
}

TEST(Session, WarnsOnceOfADomainThatThePolicyDoesNotList) {
    World world(policy);
    FakeMta mta(world);
    mta.values["{daemon_port}"] = "25";
    mta.connect();
    mta.helo();
    for (int message = 0; message < 2; ++message) {
        ASSERT_FALSE(mta.mail("<x@remote.example>"));
        EXPECT_FALSE(mta.rcpt("<a@forgotten.example>", "virtual", "forgotten.example"));
    }
    const auto warnings = world.log.at(LogLevel::warning);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_NE(warnings[0].find("`forgotten.example`"), std::string::npos);
}

// --- Senders that MTA and we read differently --------------------------------------------------

TEST(Session, RefusesASenderThatTheMtaReadsDifferently) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_TRUE(mta.mail_as("<alice@example.com>", "boss@example.com"));
    EXPECT_EQ(world.records.records[0].cause, Cause::sender_not_owned);
}

TEST(Session, TakesSendmailsOwnSenderMacroAndDecodesItsLogins) {
    World world(R"(
[relay]
hosted_domains = ["example.com"]
[login]
subaddress_delimiter = ""
)");
    FakeMta mta(world);
    mta.be_sendmail();
    mta.open();
    mta.log_in("a+2Bb@example.com");
    EXPECT_FALSE(mta.mail("<a+b@example.com>"));
    // On Postfix the same bytes are another login.
    FakeMta postfix(world);
    postfix.open();
    postfix.log_in("a+2Bb@example.com");
    EXPECT_TRUE(postfix.mail("<a+b@example.com>"));
}

// --- Limits and faults -------------------------------------------------------------------------

TEST(Session, KeepsABoundedNumberOfHeaderFields) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    ASSERT_FALSE(mta.rcpt("<x@remote.example>"));
    for (int field = 0; field < 10000; ++field) {
        mta.session.header("From", std::string(60000, 'x'));
        mta.session.header("X-From", " a@b.example");
    }
    EXPECT_EQ(code_of(mta.end()), "550 5.7.1");
    EXPECT_EQ(world.records.records[0].cause, Cause::from_unusable);
}

TEST(Session, FindsASecondFromBehindManySenderFields) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    ASSERT_FALSE(mta.mail("<alice@example.com>"));
    ASSERT_FALSE(mta.rcpt("<x@remote.example>"));
    mta.session.header("From", " alice@example.com");
    for (int field = 0; field < 100; ++field) mta.session.header("Sender", " alice@example.com");
    mta.session.header("FROM ", " boss@example.com");
    EXPECT_EQ(code_of(mta.end()), "550 5.7.1");
    EXPECT_EQ(world.records.records[0].cause, Cause::from_unusable);
}

TEST(Session, DoesNotCountARecipientWhoseDecisionFailed) {
    World world("mode = \"monitor\"\n[relay]\nhosted_domains = [\"example.com\"]\n");
    FakeMta mta(world);
    mta.values["{daemon_port}"] = "25";
    mta.connect();
    mta.helo();
    ASSERT_FALSE(mta.mail("<x@remote.example>"));
    world.records.failing = true;
    EXPECT_THROW(mta.rcpt("<lost@elsewhere.example>"), std::runtime_error);
    world.records.failing = false;
    ASSERT_FALSE(mta.rcpt("<kept@example.com>", "virtual", "example.com"));
    EXPECT_FALSE(mta.end());
    EXPECT_EQ(world.records.records.back().recipients,
              std::vector<std::string>{"kept@example.com"});
}

// --- The fake itself ---------------------------------------------------------------------------

TEST(KeptMacros, KeepALoginWhereTheMtaSendsNothingForTheStage) {
    // libmilter does; were the fake better than the original, the tests of STARTTLS would be void.
    KeptMacros macros;
    macros.receive(MacroStage::mail, {{"{auth_type}", "PLAIN"}});
    macros.receive(MacroStage::mail, {});
    EXPECT_EQ(macros.get("{auth_type}"), "PLAIN");
    macros.receive(MacroStage::mail, {{"{mail_addr}", "a@b"}});
    EXPECT_EQ(macros.get("{auth_type}"), std::nullopt);
}

// --- Line breaks that are no folds
// ----------------------------------------------------------------

TEST(Session, RefusesAStrayBreakInAnyField) {
    for (const std::string_view value :
         {" x\rFrom: boss@example.com", " x\nFrom: boss@example.com", " x\r"}) {
        World world(policy);
        FakeMta mta(world);
        mta.open();
        mta.log_in("alice@example.com");
        EXPECT_EQ(code_of(mta.mail("<alice@example.com>")), "none");
        EXPECT_EQ(code_of(mta.session.rcpt({"<x@remote.example>", "smtp"})), "none");
        mta.session.header("From", " alice@example.com");
        for (int field = 0; field < 100; ++field) mta.session.header("Subject", value);
        const auto reply = mta.session.end_of_message("4c1X2b3d");
        EXPECT_EQ(code_of(reply), "550 5.7.1");
        ASSERT_EQ(world.records.records.size(), 1U);
        EXPECT_EQ(world.records.records.front().cause, Cause::from_unusable);
    }
}

// Where the policy does not read Sender, what stands behind a break in one counts all the same.
TEST(Session, RefusesAStrayBreakInASenderThatNobodyReads) {
    World world(std::string(policy) + "[from]\nrequire_owned_sender_field = false\n");
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_EQ(code_of(mta.mail("<alice@example.com>")), "none");
    EXPECT_EQ(code_of(mta.session.rcpt({"<x@remote.example>", "smtp"})), "none");
    mta.session.header("From", " alice@example.com");
    mta.session.header("Sender", " " + std::string(max_from_bytes, 'x') + "\rFrom: b@example.com");
    EXPECT_EQ(code_of(mta.session.end_of_message("4c1X2b3d")), "550 5.7.1");
}

TEST(Session, TakesFoldsInOtherFields) {
    World world(policy);
    FakeMta mta(world);
    mta.open();
    mta.log_in("alice@example.com");
    EXPECT_EQ(code_of(mta.mail("<alice@example.com>")), "none");
    EXPECT_EQ(code_of(mta.session.rcpt({"<x@remote.example>", "smtp"})), "none");
    mta.session.header("From", " alice@example.com");
    mta.session.header("Subject", " x\n From: boss@example.com");
    mta.session.header("Subject", " x\r\n\tFrom: boss@example.com");
    EXPECT_EQ(code_of(mta.session.end_of_message("4c1X2b3d")), "none");
}

}  // namespace
}  // namespace relaypermit

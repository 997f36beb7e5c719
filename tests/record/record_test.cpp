// Which facts of a decision its record keeps.
#include "record/record.h"

#include <gtest/gtest.h>

#include "policy/policy.h"
#include "record/line.h"

namespace relaypermit {
namespace {

const Policy& policy() {
    static const Policy compiled = [] {
        PolicySource source;
        source.causes = default_causes();
        source.server_name = "mail.example.com";
        return Policy(source);
    }();
    return compiled;
}

Facts session() {
    Facts facts;
    facts.client = IpAddress::parse("::ffff:198.51.100.7");
    facts.port = 587;
    facts.daemon_name = "ORIGINATING";
    facts.mta = Mta::sendmail;
    facts.tls = "TLSv1.3";
    facts.helo = "laptop";
    facts.auth_type = "plain";
    facts.auth_authen = "alice";
    facts.sender_argument = "<bob@example.com>";
    return facts;
}

Verdict verdict_at(Stage stage) {
    Verdict verdict;
    verdict.outcome = Outcome::reject;
    verdict.cause = Cause::recipient_not_allowed;
    verdict.stage = stage;
    verdict.login = "alice@example.com";
    verdict.sender = "bob@example.com";
    verdict.rules = {"devices-stay-inside"};
    verdict.also = {Cause::weak_login};
    return verdict;
}

Record record_of(const Facts& facts, const Verdict& verdict,
                 RecipientPrivacy privacy = RecipientPrivacy::full) {
    const auto reply = to_string(render_reply(policy(), facts, verdict, "7F3K2Q9D"));
    return make_record(policy(), facts, read_message(policy(), facts), verdict, "4c1X2b3d",
                       "7F3K2Q9D", reply, privacy);
}

Facts with_headers(std::vector<HeaderField> headers) {
    auto facts = session();
    facts.headers = std::move(headers);
    return facts;
}

TEST(Record, KeepsTheSessionAndTheVerdict) {
    const auto verdict = verdict_at(Stage::mail);
    const auto record = make_record(policy(), session(), read_message(policy(), session()), verdict,
                                    "4c1X2b3d", "7F3K2Q9D", "550 5.7.1 no", {});
    Record expected;
    expected.queue_id = "4c1X2b3d";
    expected.verdict = Outcome::reject;
    expected.cause = Cause::recipient_not_allowed;
    expected.reference = "7F3K2Q9D";
    expected.stage = Stage::mail;
    expected.login = "alice@example.com";
    expected.mechanism = "PLAIN";
    expected.sender = "bob@example.com";
    expected.client = "198.51.100.7";
    expected.port = 587;
    expected.daemon = "ORIGINATING";
    expected.mta = Mta::sendmail;
    expected.tls = "TLSv1.3";
    expected.helo = "laptop";
    expected.rules = {"devices-stay-inside"};
    expected.also = {Cause::weak_login};
    expected.reply = "550 5.7.1 no";
    EXPECT_EQ(record, expected);
}

TEST(Record, SaysForHowLongAnAnswerThatWasUsedHadBeenOver) {
    Verdict verdict;
    verdict.login = "alice@example.com";
    verdict.rules = {"directory"};
    Facts facts = session();
    facts.table_answers = {{"directory", true, {}, ""}, {"other", false, {}, "down"}};
    facts.table_answers[1].stale_s = 40;
    EXPECT_EQ(record_of(facts, verdict).rules, std::vector<std::string>{"directory"});
    facts.table_answers[0].stale_s = 12;
    EXPECT_EQ(record_of(facts, verdict).rules,
              (std::vector<std::string>{"directory", "stale-12s"}));
    // A domain table grants by no rule of its own.
    TableAnswer domain{"customers", false, {}, "down", {.domain = "example.org"}};
    domain.stale_s = 50;
    facts.table_answers.push_back(domain);
    EXPECT_EQ(record_of(facts, verdict).rules,
              (std::vector<std::string>{"directory", "stale-50s"}));
    verdict.outcome = Outcome::tempfail;
    verdict.cause = Cause::lookup_failed;
    EXPECT_EQ(record_of(facts, verdict).rules, std::vector<std::string>{"directory"});
}

TEST(Record, HasNoMechanismWithoutALogin) {
    auto verdict = verdict_at(Stage::mail);
    verdict.login.clear();
    auto facts = session();
    facts.auth_type = "ANONYMOUS";
    facts.client.reset();
    const auto record = record_of(facts, verdict);
    EXPECT_EQ(record.mechanism, "");
    EXPECT_EQ(record.client, "");
}

TEST(Record, NamesTheAddressesOfFromAndSender) {
    const auto record =
        record_of(with_headers({{"from ", " Shop <orders@Example.com>,\n\t\"A B\" <a@b.example>"},
                                {"SENDER", " Alice <alice@example.com>"},
                                {"Subject", "From: x@y"}}),
                  verdict_at(Stage::headers));
    EXPECT_EQ(record.from, (std::vector<std::string>{"orders@example.com", "a@b.example"}));
    EXPECT_EQ(record.header_sender, "alice@example.com");
}

TEST(Record, KeepsWhatCouldNotBeReadAsItCame) {
    auto record = record_of(with_headers({{"From", " victim@x.example <me@y.example>\r\n z "},
                                          {"Sender", " a@b.example, c@d.example"}}),
                            verdict_at(Stage::headers));
    EXPECT_EQ(record.from, (std::vector<std::string>{"victim@x.example <me@y.example>\r\n z"}));
    EXPECT_EQ(record.header_sender, "a@b.example, c@d.example");

    record = record_of(with_headers({{"From", " a@b.example"},
                                     {"From", "c@d.example "},
                                     {"Sender", "a@b.example"},
                                     {"Sender", "c@d.example"}}),
                       verdict_at(Stage::headers));
    EXPECT_EQ(record.from, (std::vector<std::string>{"a@b.example", "c@d.example"}));
    EXPECT_EQ(record.header_sender, "a@b.example, c@d.example");
}

TEST(Record, CutsALongFromAndALongList) {
    std::string list = "f0@x.example";
    for (int i = 1; i < 9; ++i) list += ", f" + std::to_string(i) + "@x.example";
    auto record = record_of(with_headers({{"From", list}}), verdict_at(Stage::headers));
    EXPECT_EQ(record.from.size(), max_listed + 1);
    EXPECT_EQ(record.from[4], "f4@x.example");
    EXPECT_EQ(record.from[5], "...");

    record =
        record_of(with_headers({{"From", std::string(60000, '@')}}), verdict_at(Stage::headers));
    EXPECT_EQ(record.from, (std::vector<std::string>{std::string(256, '@') + "..."}));
}

Facts with_recipients(std::vector<Recipient> recipients) {
    auto facts = session();
    facts.recipients = std::move(recipients);
    return facts;
}

TEST(Record, OfADecisionAtRcptNamesTheRecipientThatItIsAbout) {
    const auto facts = with_recipients({{"<a@x.example>", "local"}, {"<B@X.Example>", "smtp"}});
    const auto record = record_of(facts, verdict_at(Stage::rcpt));
    EXPECT_EQ(record.recipients, (std::vector<std::string>{"B@x.example"}));
    EXPECT_EQ(record.recipient_count, 2U);
    EXPECT_EQ(record.mailer, "smtp");
}

TEST(Record, OfAMessageNamesTheFirstThreeRecipients) {
    const auto facts = with_recipients(
        {{"<a@x>", "smtp"}, {"<b@x>", "local"}, {"<<c@x>>", ""}, {"<d@x>", ""}, {"<e@x>", ""}});
    const auto record = record_of(facts, verdict_at(Stage::headers));
    EXPECT_EQ(record.recipients, (std::vector<std::string>{"a@x", "b@x", "<<c@x>>"}));
    EXPECT_EQ(record.recipient_count, 5U);
    EXPECT_EQ(record.mailer, "smtp");
}

TEST(Record, KeepsOnlyDomainsWhereThePolicySaysSo) {
    const auto facts = with_recipients({{"<secret.name@x.example>", "smtp"}});
    auto verdict = verdict_at(Stage::rcpt);
    verdict.recipient = "secret.name@x.example";
    const auto full = record_of(facts, verdict);
    EXPECT_NE(full.reply.find("secret.name@x.example"), std::string::npos);
    const auto record = record_of(facts, verdict, RecipientPrivacy::domain);
    EXPECT_EQ(record.recipients, (std::vector<std::string>{"@x.example"}));
    EXPECT_NE(record.reply.find(" - take @x.example out of To and Cc"), std::string::npos)
        << record.reply;
    EXPECT_EQ(format_line(record).find("secret"), std::string::npos);
}

TEST(Record, KeepsNothingOfARecipientThatCannotBeReadWhereThePolicySaysSo) {
    const auto facts = with_recipients({{"<<secret@name>>", "smtp"}});
    auto verdict = verdict_at(Stage::rcpt);
    verdict.recipient = "<<secret@name>>";
    const auto record = record_of(facts, verdict, RecipientPrivacy::domain);
    EXPECT_EQ(record.recipients, (std::vector<std::string>{"@"}));
    EXPECT_EQ(format_line(record).find("secret"), std::string::npos);
}

TEST(Record, KeepsNoRecipientWhereThePolicySaysSo) {
    const auto facts = with_recipients({{"<secret@x.example>", "smtp"}});
    auto verdict = verdict_at(Stage::rcpt);
    verdict.recipient = "secret@x.example";
    verdict.text = "Not to {recipient}";
    const auto record = record_of(facts, verdict, RecipientPrivacy::none);
    EXPECT_TRUE(record.recipients.empty());
    EXPECT_EQ(record.recipient_count, 1U);
    EXPECT_EQ(record.mailer, "smtp");
    EXPECT_EQ(record.reply, "550 5.7.1 Not to the recipient - ref 7F3K2Q9D");
}

TEST(Record, OfAnAcceptedMessageHasNoReply) {
    Verdict verdict;
    verdict.stage = Stage::headers;
    const auto facts = with_recipients({{"<secret@x.example>", "smtp"}});
    const auto record = make_record(policy(), facts, read_message(policy(), facts), verdict,
                                    "4c1X2b3d", "7F3K2Q9D", "", RecipientPrivacy::none);
    EXPECT_EQ(record.verdict, Outcome::accept);
    EXPECT_EQ(record.cause, std::nullopt);
    EXPECT_EQ(record.reply, "");
}

}  // namespace
}  // namespace relaypermit

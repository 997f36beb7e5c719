#include "policy/decide.h"

#include <gtest/gtest.h>

#include "tests/support/policy_builder.h"

namespace relaypermit::testing {
namespace {

using enum Cause;

// "accept rule,rule" or "reject cause rule | also".
std::string summary(const Verdict& verdict) {
    std::string text(to_string(verdict.outcome));
    if (verdict.cause) text += " " + std::string(to_string(*verdict.cause));
    for (const std::string& rule : verdict.rules) text += " " + rule;
    for (const Cause cause : verdict.also) text += " also:" + std::string(to_string(cause));
    return text;
}

std::string at_mail(const PolicySource& source, const Facts& facts) {
    return summary(evaluate(Policy(source), facts, Stage::mail));
}
std::string at_rcpt(const PolicySource& source, const Facts& facts) {
    return summary(evaluate(Policy(source), facts, Stage::rcpt));
}
std::string at_headers(const PolicySource& source, Facts facts, std::vector<HeaderField> headers) {
    facts.headers = std::move(headers);
    return summary(evaluate(Policy(source), facts, Stage::headers));
}

TEST(EvaluateMail, AsksForTlsBeforeALogin) {
    Facts facts = submission("", "a@example.com");
    facts.tls.clear();
    EXPECT_EQ(at_mail(basic_source(), facts), "reject tls-required");
    facts.tls = "TLSv1.3";
    EXPECT_EQ(at_mail(basic_source(), facts), "reject login-required");
}

TEST(EvaluateMail, LetsATrustedNetworkSendAsAnyoneWithoutLoginOrTls) {
    Facts facts = submission("", "anyone@elsewhere.example");
    facts.tls.clear();
    facts.client = IpAddress::parse("127.0.0.1");
    EXPECT_EQ(at_mail(basic_source(), facts), "accept trusted-network");
}

TEST(EvaluateMail, JudgesALoginByItsOwnGrantsEvenInATrustedNetwork) {
    Facts facts = submission("bob", "eve@example.com");
    facts.client = IpAddress::parse("127.0.0.1");
    EXPECT_EQ(at_mail(basic_source(), facts), "reject sender-not-owned");
}

TEST(EvaluateMail, LetsALoginSendAsItselfAndItsSubaddresses) {
    EXPECT_EQ(at_mail(basic_source(), submission("bob", "Bob@Example.com")), "accept own-address");
    EXPECT_EQ(at_mail(basic_source(), submission("bob@example.com", "bob+news@example.com")),
              "accept own-address");
    EXPECT_EQ(at_mail(basic_source(), submission("bob@other.example", "bob@other.example")),
              "reject sender-not-hosted");
}

TEST(EvaluateMail, NamesTheFirstGrantInTheFileThatCovers) {
    PolicySource source = basic_source();
    source.grants = {grant("exact", {"bob"}, {"orders@example.com"}),
                     grant("wide", {"*@example.com"}, {"*@example.com"})};
    EXPECT_EQ(at_mail(source, submission("bob", "orders@example.com")), "accept exact");
    EXPECT_EQ(at_mail(source, submission("bob", "orders+1@example.com")), "accept exact");
    EXPECT_EQ(at_mail(source, submission("eve", "orders@example.com")), "accept wide");
}

TEST(EvaluateMail, HoldsAGrantToItsConditions) {
    PolicySource source = basic_source();
    source.grants = {grant("temp", {"bob"}, {"orders@example.com"})};
    source.grants.edit(0).rare.edit().until = TimePoint(std::chrono::seconds(1000));
    source.grants.edit(0).rare.edit().networks = {network("198.51.100.0/24")};
    Facts facts = submission("bob", "orders@example.com");
    facts.now = TimePoint(std::chrono::seconds(999));
    EXPECT_EQ(at_mail(source, facts), "accept temp");
    facts.now = TimePoint(std::chrono::seconds(1000));
    EXPECT_EQ(at_mail(source, facts), "reject sender-not-owned");
    facts.now = TimePoint(std::chrono::seconds(0));
    facts.client = IpAddress::parse("203.0.113.1");
    EXPECT_EQ(at_mail(source, facts), "reject sender-not-owned");
    facts.client.reset();
    EXPECT_EQ(at_mail(source, facts), "reject sender-not-owned");
}

TEST(EvaluateMail, RefusesASenderThatTheMtaReadsOtherwise) {
    Facts facts = submission("bob", "bob@example.com");
    facts.sender_by_mta = "eve@example.com";
    EXPECT_EQ(at_mail(basic_source(), facts), "reject sender-not-owned");
    facts.sender_by_mta = "BOB@example.com";
    EXPECT_EQ(at_mail(basic_source(), facts), "accept own-address");
    facts.sender_argument = "<@a.example,@b.example:bob@example.com.>";
    EXPECT_EQ(at_mail(basic_source(), facts), "accept own-address");
    facts.sender_argument = "<bob>";
    EXPECT_EQ(at_mail(basic_source(), facts), "accept own-address");
}

TEST(EvaluateMail, NeverTrustsALoginThatTwoAccountsCouldShare) {
    PolicySource source = basic_source();
    source.grants = {grant("all", {"*"}, {"*@example.com"})};
    EXPECT_EQ(at_mail(source, submission("b?b", "bob@example.com")), "reject sender-not-owned");
    EXPECT_EQ(at_mail(source, submission("b?b", "")), "reject sender-not-owned");
}

TEST(EvaluateMail, SaysWhereTheLoginItselfIsWhatIsWrong) {
    PolicySource source = basic_source();
    source.grants.push_back(grant("guest", {"guest@elsewhere.example"}, {"desk@example.com"}));
    Facts facts = submission("guest@elsewhere.example", "guest@remote.example");
    const auto defect = [&] { return evaluate(Policy(source), facts, Stage::mail).reason; };
    EXPECT_EQ(defect(), Reason::none);
    // Over, a grant gives nothing.
    source.grants.edit(0).rare.edit().until = facts.now;
    EXPECT_EQ(defect(), Reason::realm_not_served);
    source.grants.clear();
    EXPECT_EQ(defect(), Reason::realm_not_served);
    facts.auth_authen = "bob@example.com ";
    EXPECT_EQ(defect(), Reason::login_blank);
    facts.auth_authen = " bob@example.com";
    EXPECT_EQ(defect(), Reason::login_blank);
}

TEST(EvaluateMail, TakesAnonymousForNoLogin) {
    Facts facts = submission("anonymous", "a@example.com");
    facts.auth_type = "anonymous";
    EXPECT_EQ(at_mail(basic_source(), facts), "reject login-required");
}

TEST(EvaluateMail, LetsARestrictionOverrideEveryGrant) {
    PolicySource source = basic_source();
    Restriction suspended;
    suspended.id = "cracked";
    suspended.logins = logins({"bob"});
    suspended.suspended = true;
    Restriction office;
    office.id = "office-only";
    office.logins = logins({"*@example.com"});
    office.networks = {network("192.0.2.0/24")};
    office.mechanisms = {"SCRAM-SHA-256"};
    source.restrictions = {office, suspended};
    EXPECT_EQ(at_mail(source, submission("bob", "bob@example.com")),
              "reject account-suspended cracked");
    EXPECT_EQ(at_mail(source, submission("eve", "eve@example.com")),
              "reject client-not-allowed office-only");
    Facts inside = submission("eve", "eve@example.com");
    inside.client = IpAddress::parse("192.0.2.9");
    EXPECT_EQ(at_mail(source, inside), "reject weak-login office-only");
    inside.auth_type = "scram-sha-256";
    EXPECT_EQ(at_mail(source, inside), "accept own-address");
}

TEST(EvaluateMail, MatchesARestrictionOnlyWhereLoginAndClientBothMatch) {
    PolicySource source = basic_source();
    Restriction both;
    both.id = "both";
    both.logins = logins({"bob"});
    both.clients = networks({"192.0.2.0/24"});
    both.suspended = true;
    source.restrictions = {both};
    EXPECT_EQ(at_mail(source, submission("bob", "bob@example.com")), "accept own-address");
    Facts inside = submission("bob", "bob@example.com");
    inside.client = IpAddress::parse("192.0.2.9");
    EXPECT_EQ(at_mail(source, inside), "reject account-suspended both");
}

TEST(EvaluateMail, LetsTheNullSenderThroughUnlessAsked) {
    PolicySource source = basic_source();
    EXPECT_EQ(at_mail(source, submission("bob", "")), "accept");
    cause_of(source, null_sender_refused).action = Action::reject;
    EXPECT_EQ(at_mail(source, submission("bob", "")), "reject null-sender-refused");
}

TEST(EvaluateMail, RefusesOurOwnNameInHeloWhereAsked) {
    PolicySource source = basic_source();
    cause_of(source, helo_forged).action = Action::reject;
    Facts facts = incoming("x@remote.example", "bob@example.com");
    facts.helo = "MAIL.example.com.";
    EXPECT_EQ(at_mail(source, facts), "reject helo-forged");
    facts.helo = "[192.0.2.25]";
    EXPECT_EQ(at_mail(source, facts), "accept");
    facts.server_address = IpAddress::parse("192.0.2.25");
    EXPECT_EQ(at_mail(source, facts), "reject helo-forged");
}

TEST(EvaluateMail, NotesWhatIsMonitoredAndGoesOn) {
    PolicySource source = basic_source();
    cause_of(source, tls_required).action = Action::monitor;
    cause_of(source, login_required).action = Action::tempfail;
    Facts facts = submission("", "a@example.com");
    facts.tls.clear();
    EXPECT_EQ(at_mail(source, facts), "tempfail login-required also:tls-required");
    source.monitor_mode = true;
    EXPECT_EQ(at_mail(source, facts), "monitor tls-required also:login-required");
}

TEST(EvaluateMail, AsksAliasTablesOnlyWhereNoGrantSaysYes) {
    PolicySource source = basic_source();
    source.tables = {{"ldap", {}}, {"sasl", {}}};
    Facts facts = submission("bob", "orders@example.com");
    const Verdict first = evaluate(Policy(source), facts, Stage::mail);
    EXPECT_EQ(first.questions, (std::vector<Question>{{Question::Kind::table, "ldap"},
                                                      {Question::Kind::table, "sasl"}}));
    EXPECT_TRUE(evaluate(Policy(source), submission("bob", "bob@example.com"), Stage::mail)
                    .questions.empty());

    facts.table_answers = {{"ldap", false, {}, "down"}, {"sasl", true, {}, ""}};
    EXPECT_EQ(at_mail(source, facts), "tempfail lookup-failed ldap");
    facts.table_answers[1].senders = {pattern("orders@example.com", PatternRole::sender)};
    EXPECT_EQ(at_mail(source, facts), "accept sasl");
    facts.table_answers[1].senders.clear();
    cause_of(source, sender_not_owned).action = Action::monitor;
    EXPECT_EQ(at_mail(source, facts), "monitor lookup-failed ldap");
}

TEST(EvaluateMail, AsksATableBySenderAboutTheAddress) {
    PolicySource source = basic_source();
    TableSource maps{"maps", {}};
    maps.by = TableBy::sender;
    maps.per_address = true;
    source.tables = {maps};
    Facts facts = submission("bob", "Orders@example.com");
    const Question question{Question::Kind::table, "maps", {"orders", "example.com"}};
    EXPECT_EQ(evaluate(Policy(source), facts, Stage::mail).questions,
              std::vector<Question>{question});

    TableAnswer answer{"maps", true, {}, "", {"other", "example.com"}};
    answer.logins = {pattern("bob@example.com", PatternRole::login)};
    facts.table_answers = {answer};
    EXPECT_EQ(evaluate(Policy(source), facts, Stage::mail).questions,
              std::vector<Question>{question})
        << "that was about another address";
    answer.address = question.address;
    facts.table_answers = {answer};
    EXPECT_EQ(at_mail(source, facts), "accept maps");
    facts.table_answers[0].logins = {pattern("carol@example.com", PatternRole::login)};
    EXPECT_EQ(at_mail(source, facts), "reject sender-not-owned");
    facts.table_answers[0].logins = {pattern("*@example.com", PatternRole::login)};
    EXPECT_EQ(at_mail(source, facts), "accept maps");
}

TEST(EvaluateMail, LooksUpNoNullSender) {
    PolicySource source = basic_source();
    TableSource maps{"maps", {}};
    maps.by = TableBy::sender;
    maps.per_address = true;
    source.tables = {maps};
    cause_of(source, null_sender_refused).action = Action::reject;
    const Facts facts = submission("bob", "");
    EXPECT_TRUE(evaluate(Policy(source), facts, Stage::mail).questions.empty());
    EXPECT_EQ(at_mail(source, facts), "reject null-sender-refused");
}

TEST(EvaluateMail, UsesAnOldYesOfATableThatIsDownAndDoesNotKnowTheRest) {
    PolicySource source = basic_source();
    source.tables = {{"ldap", {}}};
    Facts facts = submission("bob", "orders@example.com");
    TableAnswer answer{"ldap", false, {pattern("orders@example.com", PatternRole::sender)}, "down"};
    answer.stale_s = 12;
    facts.table_answers = {answer};
    EXPECT_EQ(at_mail(source, facts), "accept ldap");
    facts.sender_argument = "<other@example.com>";
    EXPECT_EQ(at_mail(source, facts), "tempfail lookup-failed ldap");
}

TEST(EvaluateMail, AsksNoTableForWhatItMayNotGrant) {
    PolicySource source = basic_source();
    source.tables = {{"ldap", {}}};
    const Facts facts = submission("bob", "orders@example.com");
    const auto asks = [&] {
        return !evaluate(Policy(source), facts, Stage::mail).questions.empty();
    };
    EXPECT_TRUE(asks());
    source.tables[0].fields.envelope = false;
    EXPECT_FALSE(asks());
    EXPECT_EQ(at_mail(source, facts), "reject sender-not-owned");
    source.tables[0].fields.envelope = true;
    source.tables[0].rare.edit().until = facts.now;
    EXPECT_FALSE(asks());
    source.tables[0].rare.edit().until = facts.now + std::chrono::seconds(1);
    EXPECT_TRUE(asks());
    source.tables[0].rare.edit().networks = {*Network::parse("203.0.113.0/24")};
    EXPECT_FALSE(asks());
}

TEST(EvaluateRcpt, TellsAnUnknownSenderOfOursFromAStranger) {
    EXPECT_EQ(at_rcpt(basic_source(), incoming("bob@example.com", "x@remote.example")),
              "reject use-submission");
    EXPECT_EQ(at_rcpt(basic_source(), incoming("bob@a.shops.example.com", "x@remote.example")),
              "reject use-submission");
    EXPECT_EQ(at_rcpt(basic_source(), incoming("x@y.example", "x@remote.example")),
              "reject relay-not-permitted");
    EXPECT_EQ(at_rcpt(basic_source(), incoming("", "x@remote.example")),
              "reject relay-not-permitted");
}

TEST(EvaluateRcpt, AcceptsHostedAndRelayDomainsAndWhatTheMtaDelivers) {
    EXPECT_EQ(at_rcpt(basic_source(), incoming("x@y.example", "bob@Example.COM.")), "accept");
    EXPECT_EQ(at_rcpt(basic_source(), incoming("x@y.example", "x@backup.example")), "accept");
    EXPECT_EQ(at_rcpt(basic_source(), incoming("x@y.example", "postmaster")), "accept");
    Facts facts = incoming("x@y.example", "x@forgotten.example");
    facts.recipients[0].mailer = "virtual";
    const Verdict verdict = evaluate(Policy(basic_source()), facts, Stage::rcpt);
    EXPECT_EQ(summary(verdict), "accept");
    EXPECT_TRUE(verdict.unlisted_recipient);
    EXPECT_EQ(verdict.unlisted_domain, "forgotten.example");
}

TEST(EvaluateRcpt, CountsSendmailsRelayMailersAsRemote) {
    Facts facts = incoming("x@y.example", "x@remote.example");
    facts.recipients[0].mailer = "relay";
    EXPECT_EQ(at_rcpt(basic_source(), facts), "accept");
    facts.mta = Mta::sendmail;
    EXPECT_EQ(at_rcpt(basic_source(), facts), "reject relay-not-permitted");
}

TEST(EvaluateRcpt, JudgesTheDomainBehindASourceRoute) {
    Facts facts = incoming("x@y.example", "");
    facts.recipients = {{"<@example.com:x@remote.example>", "smtp"}};
    EXPECT_EQ(at_rcpt(basic_source(), facts), "reject relay-not-permitted");
}

TEST(EvaluateRcpt, NeverRefusesWhatTheSendmailCommandHandsOver) {
    Facts facts = incoming("x@y.example", "x@remote.example");
    facts.local_submission = true;
    EXPECT_EQ(at_rcpt(basic_source(), facts), "accept");
}

TEST(EvaluateRcpt, GrantsAPrinterItsOwnSendersAlone) {
    PolicySource source = basic_source();
    source.grants = {client_grant("printers", {"198.51.100.0/24"}, {"*@printers.example.com"})};
    EXPECT_EQ(at_rcpt(source, incoming("p1@printers.example.com", "x@remote.example")),
              "accept printers");
    EXPECT_EQ(at_rcpt(source, incoming("bob@example.com", "x@remote.example")),
              "reject use-submission");
    EXPECT_EQ(at_rcpt(source, incoming("", "x@remote.example")), "reject relay-not-permitted");
    source.grants.edit(0).senders = placed({"<>"}, PatternRole::sender);
    EXPECT_EQ(at_rcpt(source, incoming("", "x@remote.example")), "accept printers");
}

TEST(EvaluateRcpt, LimitsToWhomARestrictedLoginMaySend) {
    PolicySource source = basic_source();
    Restriction inside;
    inside.id = "stay-inside";
    inside.logins = logins({"scanner"});
    inside.recipients_hosted = true;
    inside.recipients = placed({"*@partner.example"}, PatternRole::recipient);
    source.restrictions = {inside};
    const auto to = [&](std::string recipient) {
        Facts facts = submission("scanner", "scanner@example.com");
        facts.recipients = {{"<" + recipient + ">", "smtp"}};
        return at_rcpt(source, facts);
    };
    EXPECT_EQ(to("bob@example.com"), "accept");
    EXPECT_EQ(to("x@partner.example"), "accept");
    EXPECT_EQ(to("x@remote.example"), "reject recipient-not-allowed stay-inside");
    EXPECT_EQ(to("x%remote.example@example.com"), "reject recipient-not-allowed stay-inside");
    EXPECT_EQ(to("remote.example!x@example.com"), "reject recipient-not-allowed stay-inside");
    EXPECT_EQ(to("\"x@remote.example\"@example.com"), "reject recipient-not-allowed stay-inside");
    EXPECT_EQ(to("a@b@c"), "reject recipient-not-allowed stay-inside");
    EXPECT_EQ(to("x@backup.example"), "reject recipient-not-allowed stay-inside");
    EXPECT_EQ(to("postmaster"), "accept") << "the mail server keeps it";

    const auto at_hosted = Pattern::parse("*@hosted", PatternRole::recipient, {}, {}, {},
                                          std::make_shared<const DomainSet>(source.hosted_domains));
    ASSERT_TRUE(at_hosted);
    inside.recipients_hosted = false;
    inside.recipients->assign(1, PlacedPattern{*at_hosted});
    source.restrictions = {inside};
    EXPECT_EQ(to("bob@example.com"), "accept");
    EXPECT_EQ(to("postmaster"), "reject recipient-not-allowed stay-inside")
        << "no domain is written";
}

TEST(EvaluateHeaders, ChecksEveryAddressOfFromAndSender) {
    const Facts facts = submission("bob", "bob@example.com");
    const PolicySource source = basic_source();
    EXPECT_EQ(at_headers(source, facts, {{"From", " Bob <bob@example.com>"}}),
              "accept own-address");
    EXPECT_EQ(at_headers(source, facts, {{"From", " bob@example.com, eve@example.com"}}),
              "reject from-not-owned");
    EXPECT_EQ(
        at_headers(source, facts, {{"From", " bob@example.com"}, {"FROM ", "bob@example.com"}}),
        "reject from-unusable");
    EXPECT_EQ(at_headers(source, facts, {}), "reject from-unusable");
    EXPECT_EQ(
        at_headers(source, facts, {{"From", " bob@example.com"}, {"Sender", " eve@example.com"}}),
        "reject from-not-owned");
    EXPECT_EQ(at_headers(source, facts,
                         {{"Resent-From", " bob@example.com"}, {"From", " eve@example.com"}}),
              "reject from-not-owned");
}

TEST(EvaluateHeaders, SaysWhenSomebodySendsOnBehalf) {
    Facts facts = submission("bob", "bob@example.com");
    facts.headers = {{"From", " boss@example.com"}, {"Sender", " bob@example.com"}};
    const Verdict verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(summary(verdict), "reject from-not-owned");
    EXPECT_EQ(verdict.reason, Reason::on_behalf);
    EXPECT_EQ(verdict.from, "boss@example.com");
    facts.headers[1].value = " eve@example.com";
    EXPECT_EQ(evaluate(Policy(basic_source()), facts, Stage::headers).reason, Reason::none);
}

TEST(EvaluateHeaders, LetsAGrantOfAnythingForwardWhatCannotBeRead) {
    PolicySource source = basic_source();
    source.grants = {grant("smarthost", {"gateway"}, {"*"})};
    const Facts facts = submission("gateway", "x@y.example");
    EXPECT_EQ(at_headers(source, facts, {{"From", " <<broken"}}), "accept smarthost");
    EXPECT_EQ(at_headers(source, facts, {}), "accept smarthost");
    source.grants.edit(0).fields.from = false;
    EXPECT_EQ(at_headers(source, facts, {{"From", " <<broken"}}), "reject from-unusable");
}

TEST(EvaluateHeaders, ChecksSenderHoweverManyFromFieldsArePutBeforeIt) {
    PolicySource source = basic_source();
    cause_of(source, from_unusable).action = Action::off;
    const Facts facts = submission("bob", "bob@example.com");
    EXPECT_EQ(at_headers(source, facts,
                         {{"From", " bob@example.com"},
                          {"From", " bob@example.com"},
                          {"Sender", " eve@example.com"}}),
              "reject from-not-owned");
    EXPECT_EQ(at_headers(source, facts,
                         {{"From", " bob@example.com"},
                          {"From", " bob@example.com"},
                          {"From", " bob@example.com"}}),
              "accept");
}

TEST(EvaluateHeaders, NotesAMonitoredCauseOnce) {
    PolicySource source = basic_source();
    source.tables = {{"sasl", {}}};
    source.monitor_mode = true;
    Facts facts = submission("bob", "bob@example.com");
    EXPECT_EQ(at_headers(source, facts, {{"From", " <<x"}, {"Sender", " <<y"}}),
              "monitor from-unusable");
    facts.table_answers = {{"sasl", false, {}, "down"}};
    EXPECT_EQ(at_headers(source, facts, {{"From", " eve@example.com, ann@example.com"}}),
              "monitor lookup-failed sasl");
}

TEST(EvaluateHeaders, TakesAMissingFromForTheEnvelopeSenderWhereAsked) {
    PolicySource source = basic_source();
    source.missing_from = MissingFrom::envelope;
    EXPECT_EQ(at_headers(source, submission("bob", "bob@example.com"), {}), "accept own-address");
    EXPECT_EQ(at_headers(source, submission("bob", ""), {}), "reject from-unusable");
}

TEST(EvaluateHeaders, TakesAReportOfARefusalFromEverybody) {
    PolicySource source = basic_source();
    // A table that is down is not asked for what is everybody's.
    source.tables = {{"sasl", {}}};
    Facts facts = submission("bob", "");
    facts.table_answers = {{"sasl", false, {}, "down"}};
    const std::vector<HeaderField> report = {{"From", " MAILER-DAEMON@host.example (Mail System)"}};
    EXPECT_EQ(at_headers(source, facts, report), "accept bounce");
    EXPECT_EQ(at_headers(source, facts, {{"From", " mailer-daemon@x.example, bob@example.com"}}),
              "tempfail lookup-failed sasl");
    source.accepts_bounces = false;
    EXPECT_EQ(at_headers(source, facts, report), "tempfail lookup-failed sasl");
}

TEST(EvaluateHeaders, ChecksASessionThatRelaysByANetworkGrantAndNoOtherMailWithoutLogin) {
    PolicySource source = basic_source();
    source.grants = {client_grant("printers", {"198.51.100.0/24"}, {"*@printers.example.com"})};
    const std::vector<HeaderField> forged = {{"From", " ceo@example.com"}};
    EXPECT_EQ(at_headers(source, incoming("p@printers.example.com", "x@remote.example"), forged),
              "reject from-not-owned");
    EXPECT_EQ(at_headers(source, incoming("p@printers.example.com", "bob@example.com"), forged),
              "accept");
    EXPECT_EQ(at_headers(source, incoming("x@y.example", "bob@example.com"), forged), "accept");
    cause_of(source, hosted_from_needs_login).action = Action::reject;
    EXPECT_EQ(at_headers(source, incoming("x@y.example", "bob@example.com"), forged),
              "reject hosted-from-needs-login");
    EXPECT_EQ(at_headers(source, incoming("x@y.example", "bob@example.com"),
                         {{"From", " Boss <ceo@example.com> (a@b)"}}),
              "reject hosted-from-needs-login");
    EXPECT_EQ(at_headers(source, incoming("x@y.example", "bob@example.com"), {}), "accept");
    Facts trusted = incoming("p@printers.example.com", "x@remote.example");
    trusted.client = IpAddress::parse("127.0.0.1");
    EXPECT_EQ(at_headers(source, trusted, forged), "accept");
}

TEST(DiagnoseMtaReject, NamesTheCauseBehindRelayAccessDenied) {
    Facts facts = incoming("bob@example.com", "x@remote.example");
    facts.recipients[0].mailer = "error";
    EXPECT_EQ(summary(diagnose_mta_reject(Policy(basic_source()), facts)),
              "mta-reject use-submission");
    facts.port = 587;
    facts.tls = "TLSv1.3";
    EXPECT_EQ(summary(diagnose_mta_reject(Policy(basic_source()), facts)),
              "mta-reject login-required");
    facts.client = IpAddress::parse("127.0.0.1");
    EXPECT_EQ(summary(diagnose_mta_reject(Policy(basic_source()), facts)), "mta-reject");
}

TEST(WantsHeaders, IsFalseOnlyWhereNoCauseReadsThem) {
    PolicySource source = basic_source();
    EXPECT_TRUE(wants_headers(Policy(source)));
    cause_of(source, from_unusable).action = Action::off;
    cause_of(source, from_not_owned).action = Action::off;
    EXPECT_FALSE(wants_headers(Policy(source)));
}

TEST(Evaluate, RefusesAStrayBreakInAnyFieldAndNamesTheField) {
    auto facts = submission("bob", "bob@example.com");
    facts.headers = {{"From", " bob@example.com"}, {"Subject", " x\rFrom: eve@example.com"}};
    const auto verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(verdict.cause, Cause::from_unusable);
    EXPECT_EQ(verdict.why, "a line break that is no fold, or a NUL, in the field Subject");
    EXPECT_NE(verdict.reason, Reason::at_in_name);
}

TEST(Evaluate, SaysWhereAnAtInTheNameIsAllThatIsWrong) {
    auto facts = submission("bob", "bob@example.com");
    facts.headers = {{"From", " =?utf-8?q?B=C3=B6b_=40_Work?= <bob@example.com>"}};
    const auto verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(verdict.cause, Cause::from_unusable);
    EXPECT_EQ(verdict.reason, Reason::at_in_name);
}

TEST(Evaluate, TellsWhyASenderIsElsewhereAndWhatToUseInstead) {
    struct Case {
        std::string login;
        std::string sender;
        Reason reason;
        std::string instead;
    };
    PolicySource source = basic_source();
    source.grants = {grant("shop", {"bob"}, {"*@example.com"}),
                     grant("guest", {"carl@example.net"}, {"desk@example.com"})};
    const Case cases[] = {
        {"dora@example.net", "dora@example.net", Reason::realm_not_served, ""},
        {"carl@example.net", "carl@example.net", Reason::realm_not_served, ""},
        {"bob", "root", Reason::sender_made_up, "bob@example.com"},
        {"bob", "root@mail.example.com", Reason::sender_made_up, "bob@example.com"},
        {"bob", "wordpress@www.example.com", Reason::sender_made_up, "bob@example.com"},
        {"bob", "www-data@localhost.localdomain", Reason::sender_made_up, "bob@example.com"},
        {"bob", "root@3f2a9c0b7d1e.net", Reason::sender_made_up, "bob@example.com"},
        {"bob", "app@host7.provider.example", Reason::sender_made_up, "bob@example.com"},
        {"bob", "wp@exmaple.com", Reason::sender_misspelt, "wp@example.com"},
        {"eve", "wp@exmaple.com", Reason::sender_misspelt, "eve@example.com"},
        {"bob", "bob@gmail.example", Reason::none, "bob@example.com"},
        {"carl@example.net", "carl@gmail.example", Reason::none, "desk@example.com"},
    };
    for (const Case& one : cases) {
        Facts facts = submission(one.login, one.sender);
        facts.helo = "host7.provider.example";
        const Verdict verdict = evaluate(Policy(source), facts, Stage::mail);
        EXPECT_EQ(verdict.cause, Cause::sender_not_hosted) << one.sender;
        EXPECT_EQ(verdict.reason, one.reason) << one.login << " " << one.sender;
        EXPECT_EQ(verdict.instead, one.instead) << one.login << " " << one.sender;
    }
}

TEST(Evaluate, KnowsARedirectAndASenderFieldOfSomebodyElse) {
    Facts facts = submission("bob", "bob@example.com");
    facts.headers = {{"Resent-From", " bob@example.com"}, {"From", " eve@example.com"}};
    Verdict verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(verdict.reason, Reason::redirect);
    facts.headers[0].value = " mallory@example.com";
    verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(verdict.reason, Reason::none);
    facts.headers = {{"From", " bob@example.com"}, {"Sender", " eve@example.com"}};
    verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(verdict.reason, Reason::sender_field);
    EXPECT_EQ(verdict.instead, "bob@example.com");
    facts.headers[1].value = " eve";
    verdict = evaluate(Policy(basic_source()), facts, Stage::headers);
    EXPECT_EQ(verdict.reason, Reason::sender_unusable);
}

TEST(Evaluate, NamesTheWayToLogInThatTheRestrictionWants) {
    PolicySource source = basic_source();
    Restriction restriction;
    restriction.id = "strong";
    restriction.logins = logins({"bob"});
    restriction.mechanisms = {"SCRAM-SHA-256"};
    source.restrictions.push_back(restriction);
    const Verdict verdict =
        evaluate(Policy(source), submission("bob", "bob@example.com"), Stage::mail);
    EXPECT_EQ(verdict.cause, Cause::weak_login);
    EXPECT_EQ(verdict.instead, "Encrypted password");
}

TEST(Evaluate, SpeaksOfTheNetworkWhereThatIsSuspended) {
    PolicySource source = basic_source();
    Restriction restriction;
    restriction.id = "bad-net";
    restriction.clients = networks({"198.51.100.0/24"});
    restriction.suspended = true;
    source.restrictions.push_back(restriction);
    const Verdict verdict =
        evaluate(Policy(source), incoming("x@y.example", "a@example.com"), Stage::mail);
    EXPECT_EQ(verdict.cause, Cause::account_suspended);
    EXPECT_EQ(verdict.reason, Reason::client_refused);
}

TEST(Evaluate, SpeaksOfTheNetworkToALoginTooWhereTheSuspensionNamesNoLogin) {
    PolicySource source = basic_source();
    Restriction restriction;
    restriction.id = "bad-net";
    restriction.clients = networks({"0.0.0.0/0", "::/0"});
    restriction.suspended = true;
    source.restrictions.push_back(restriction);
    const Facts facts = submission("bob", "bob@example.com");
    Verdict verdict = evaluate(Policy(source), facts, Stage::mail);
    EXPECT_EQ(verdict.cause, Cause::account_suspended);
    EXPECT_EQ(verdict.reason, Reason::client_refused);
    restriction.logins = logins({"bob"});
    PolicySource named = basic_source();
    named.restrictions.push_back(restriction);
    verdict = evaluate(Policy(named), facts, Stage::mail);
    EXPECT_EQ(verdict.cause, Cause::account_suspended);
    EXPECT_EQ(verdict.reason, Reason::none);
}

}  // namespace
}  // namespace relaypermit::testing

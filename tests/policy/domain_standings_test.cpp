#include "policy/domain_standings.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "policy/decide.h"
#include "policy/table_questions.h"
#include "tests/support/describe.h"
#include "tests/support/policy_builder.h"

namespace relaypermit {
namespace {

using namespace testing;

// Customers' domains are hosted, and partners' are relayed for.
PolicySource source_with_tables() {
    PolicySource source = basic_source();
    source.domain_tables = {{"customers", {}, DomainRole::hosted, {}},
                            {"partners", {}, DomainRole::relay, {}}};
    return source;
}

enum class Tables { have_it, have_it_not, are_down };

struct Decided {
    std::string verdict{};
    std::string asked{};  // "customers example.org"
};

Decided decided(const PolicySource& source, Facts facts, Stage stage, Tables tables) {
    Decided out;
    const Policy policy(source);
    Reading reading = read_message(policy, facts);
    const Verdict verdict = decide(
        policy, facts, reading, stage, [&](const std::vector<Question>& questions, Facts& asked) {
            for (const Question& question : questions) {
                out.asked +=
                    (out.asked.empty() ? "" : ", ") + question.key + " " + question.address.domain;
                TableAnswer answer{
                    question.key, tables != Tables::are_down, {}, "", question.address};
                if (tables == Tables::have_it && is_about_domain(question))
                    answer.key = question.address.domain;
                asked.table_answers.push_back(std::move(answer));
            }
        });
    out.verdict = describe(verdict);
    out.verdict.pop_back();  // the end of its line
    return out;
}

std::string verdict_of(const PolicySource& source, const Facts& facts, Stage stage, Tables tables) {
    return decided(source, facts, stage, tables).verdict;
}

// The verdicts while the tables have every domain that they are asked for, have none, and are down.
struct Verdicts {
    std::string have_it{};
    std::string have_it_not{};
    std::string are_down{};
};

void expect_verdicts(const PolicySource& source, const Facts& facts, Stage stage,
                     const Verdicts& expected) {
    EXPECT_EQ(verdict_of(source, facts, stage, Tables::have_it), expected.have_it);
    EXPECT_EQ(verdict_of(source, facts, stage, Tables::have_it_not), expected.have_it_not);
    EXPECT_EQ(verdict_of(source, facts, stage, Tables::are_down), expected.are_down);
}

TEST(DomainStandings, ALoginOfATablesDomainOwnsItself) {
    const PolicySource source = source_with_tables();
    const Facts facts = submission("eve@example.org", "eve@example.org");
    expect_verdicts(source, facts, Stage::mail,
                    {"accept also: rules: own-address",
                     "reject sender-not-hosted also: rules: reason:realm-not-served",
                     "tempfail lookup-failed also: rules: customers"});
    const Facts others = submission("eve@example.org", "bob@example.org");
    EXPECT_EQ(verdict_of(source, others, Stage::mail, Tables::have_it),
              "reject sender-not-owned also: rules:");
}

TEST(DomainStandings, NobodyIsAskedWhereNothingTurnsOnIt) {
    PolicySource source = source_with_tables();
    // An account of a list, whoever it writes to; and ordinary mail for it.
    Facts facts = submission("bob@example.com", "bob@example.com");
    facts.recipients = {{"<x@remote.example>", "smtp"}};
    for (const Stage stage : {Stage::mail, Stage::rcpt})
        EXPECT_EQ(decided(source, facts, stage, Tables::are_down).asked, "");
    const Facts mail = incoming("x@remote.example", "bob@example.com");
    for (const Stage stage : {Stage::mail, Stage::rcpt, Stage::headers})
        EXPECT_EQ(decided(source, mail, stage, Tables::are_down).asked, "");
    // What a rule of the policy grants is granted.
    source.grants = std::vector{grant("orders", {"eve@example.org"}, {"eve@example.org"})};
    EXPECT_EQ(verdict_of(source, submission("eve@example.org", "eve@example.org"), Stage::mail,
                         Tables::are_down),
              "accept also: rules: orders");
}

TEST(DomainStandings, MailForATablesDomainIsTakenFromAnybody) {
    const PolicySource source = source_with_tables();
    const Facts facts = incoming("x@remote.example", "eve@example.org");
    expect_verdicts(source, facts, Stage::rcpt,
                    {"accept also: rules:", "reject relay-not-permitted also: rules:",
                     "tempfail lookup-failed also: rules: customers"});
}

TEST(DomainStandings, WhoeverIsRefusedInAnyCaseIsRefused) {
    PolicySource source = source_with_tables();
    // To a domain of a list, as somebody who may be of a table's: only the words would be others.
    const Facts relay = incoming("eve@example.org", "x@remote.example");
    source.domain_tables.pop_back();
    const Decided down = decided(source, relay, Stage::rcpt, Tables::are_down);
    EXPECT_EQ(down.verdict, "tempfail lookup-failed also: rules: customers")
        << "the recipient's may be the customers'";
    const Facts other = submission("bob@example.com", "eve@example.org");
    EXPECT_EQ(verdict_of(source, other, Stage::mail, Tables::are_down),
              "reject sender-not-hosted also: rules:");
}

TEST(DomainStandings, ADomainThatATableMayHaveIsNotWarnedOf) {
    const PolicySource source = source_with_tables();
    Facts facts = incoming("x@remote.example", "eve@example.org");
    facts.recipients[0].mailer = "virtual";
    const Policy policy(source);
    for (const bool known : {true, false}) {
        facts.table_answers.clear();
        Reading reading = read_message(policy, facts);
        const Verdict verdict = decide(
            policy, facts, reading, Stage::rcpt,
            [&](const std::vector<Question>& questions, Facts& asked) {
                for (const Question& question : questions)
                    asked.table_answers.push_back({question.key, known, {}, "", question.address});
            });
        EXPECT_EQ(verdict.outcome, Outcome::accept);
        EXPECT_EQ(verdict.unlisted_recipient, known) << known;
    }
}

TEST(DomainStandings, AtHostedMeansTheTablesDomainsToo) {
    PolicySource source = source_with_tables();
    const auto hosted = std::make_shared<const DomainSet>(source.hosted_domains);
    Grant all = grant("office", {"bob@example.com"}, {});
    all.senders = std::vector<PlacedPattern>{
        {Pattern::parse("*@hosted", PatternRole::sender, {}, {}, {}, hosted).value(), {}}};
    source.grants = std::vector{all};
    const Facts facts = submission("bob@example.com", "anybody@example.org");
    expect_verdicts(source, facts, Stage::mail,
                    {"accept also: rules: office", "reject sender-not-hosted also: rules:",
                     "tempfail lookup-failed also: rules: customers"});
}

TEST(DomainStandings, AnOldYesCountsWhileTheTableIsDown) {
    const PolicySource source = source_with_tables();
    Facts facts = submission("eve@example.org", "eve@example.org");
    TableAnswer answer{"customers", false, {}, "down", {"", "example.org"}};
    answer.key = "example.org";
    answer.stale_s = 12;
    facts.table_answers = {answer};
    EXPECT_EQ(evaluate(Policy(source), facts, Stage::mail).outcome, Outcome::accept);
}

// What `check` warns of.
TEST(DomainStandings, WhereAHostedSenderNeedsALoginAllMailFromOutsideWaitsForTheTables) {
    Facts mail = incoming("x@remote.example", "bob@example.com");
    mail.headers = {{"From", " x@remote.example"}};
    for (const auto& [cause, stage] : {std::pair(Cause::hosted_sender_needs_login, Stage::rcpt),
                                       std::pair(Cause::hosted_from_needs_login, Stage::headers)}) {
        PolicySource source = source_with_tables();
        cause_of(source, cause).action = Action::reject;
        const std::string refusal = "reject " + std::string(to_string(cause)) + " also: rules:";
        expect_verdicts(
            source, mail, stage,
            {refusal, "accept also: rules:", "tempfail lookup-failed also: rules: customers"});
        cause_of(source, Cause::lookup_failed).action = Action::monitor;
        EXPECT_EQ(verdict_of(source, mail, stage, Tables::are_down), refusal);
        cause_of(source, Cause::lookup_failed).action = Action::tempfail;
        cause_of(source, cause).action = Action::monitor;
        EXPECT_TRUE(verdict_of(source, mail, stage, Tables::are_down).starts_with("monitor"));
    }
}

Facts written_by_many(int authors) {
    Facts facts = incoming("x@remote.example", "bob@example.com");
    std::string from;
    for (int n = 0; n < authors; ++n)
        from += (n > 0 ? ", a@" : " a@") + std::string("n") + std::to_string(n) + ".example";
    facts.headers = {{"From", from}};
    return facts;
}

TEST(DomainStandings, OfManyDomainsEachIsAskedAbout) {
    PolicySource source = source_with_tables();
    cause_of(source, Cause::hosted_from_needs_login).action = Action::reject;
    for (const int authors : {2, 9}) {
        const Facts facts = written_by_many(authors);
        const std::string asked = decided(source, facts, Stage::headers, Tables::have_it_not).asked;
        EXPECT_NE(asked.find("customers n" + std::to_string(authors - 1) + ".example"),
                  std::string::npos)
            << asked;
        expect_verdicts(source, facts, Stage::headers,
                        {"reject hosted-from-needs-login also: rules:", "accept also: rules:",
                         "tempfail lookup-failed also: rules: customers"});
    }
}

TEST(DomainStandings, OfAuthorsWhoDoNotMatterNobodyIsAsked) {
    const PolicySource source = source_with_tables();
    EXPECT_EQ(decided(source, written_by_many(40), Stage::headers, Tables::are_down).asked, "");
    Facts trusted = written_by_many(1);
    trusted.client = IpAddress::parse("127.0.0.1");
    for (int n = 0; n < 9; ++n)
        trusted.recipients.push_back({"<x@r" + std::to_string(n) + ".example>", "smtp"});
    EXPECT_EQ(decided(source, trusted, Stage::headers, Tables::are_down).asked, "");
}

// Neither end of it says what lies between: who is nobody's may be everybody's.
TEST(DomainStandings, OfManyThatAreSilentNobodyGetsThrough) {
    PolicySource source = source_with_tables();
    const auto hosted = std::make_shared<const DomainSet>(source.hosted_domains);
    const auto at_hosted = [&](PatternRole role) {
        return PlacedPattern{Pattern::parse("*@hosted", role, {}, {}, {}, hosted).value(), {}};
    };
    Grant partner = grant("partner", {"bob@example.com"}, {"*"});
    partner.rare.edit().except = {at_hosted(PatternRole::sender)};
    source.grants = std::vector{partner};
    Facts facts = submission("bob@example.com", "bob@example.com");
    facts.recipients = {{"<x@remote.example>", "smtp"}};
    facts.headers = written_by_many(9).headers;
    expect_verdicts(source, facts, Stage::headers,
                    {"reject from-not-owned also: rules:", "accept also: rules: partner",
                     "tempfail lookup-failed also: rules: customers"});
}

TEST(DomainStandings, ATableThatIsDownLetsNobodyThroughWhoseLookupIsOnlyMonitored) {
    PolicySource source = source_with_tables();
    cause_of(source, Cause::lookup_failed).action = Action::monitor;
    EXPECT_EQ(verdict_of(source, incoming("x@remote.example", "a@gmail.invalid"), Stage::rcpt,
                         Tables::are_down),
              "reject relay-not-permitted also: rules:");
}

}  // namespace
}  // namespace relaypermit

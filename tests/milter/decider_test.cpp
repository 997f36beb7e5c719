#include "milter/decider.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

#include "record/line.h"
#include "tests/support/daemon_fakes.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = "[relay]\nhosted_domains = [\"example.com\"]\n";

Facts submission(const std::string& login, const std::string& sender) {
    Facts facts;
    facts.client = IpAddress::parse("198.51.100.1");
    facts.port = 587;
    facts.tls = "TLSv1.3";
    facts.auth_type = login.empty() ? "" : "PLAIN";
    facts.auth_authen = login;
    facts.sender_argument = "<" + sender + ">";
    return facts;
}

// Under the policy that is in force.
Message submitted(const World& world, const std::string& login, const std::string& sender) {
    return {world.snapshots.current(), submission(login, sender), {}, ""};
}

TEST(Decider, GivesEveryRefusalAReferenceOfItsOwnThatTheRecordHasToo) {
    World world(policy);
    std::set<std::string> references;
    for (int round = 0; round < 3; ++round) {
        Message message = submitted(world, "alice@example.com", "boss@example.com");
        const Ruling ruling = world.decider.decide(message, Stage::mail);
        ASSERT_TRUE(ruling.reply);
        const Record& record = world.records.records.back();
        EXPECT_EQ(record.reference.size(), 8U);
        EXPECT_NE(ruling.reply->text.find(record.reference), std::string::npos);
        references.insert(record.reference);
    }
    EXPECT_EQ(references.size(), 3U);
}

TEST(Decider, RecordsNothingOfAnAcceptedStage) {
    World world(policy);
    Message message = submitted(world, "alice@example.com", "alice@example.com");
    const Ruling ruling = world.decider.decide(message, Stage::mail);
    EXPECT_FALSE(ruling.reply);
    EXPECT_TRUE(world.records.records.empty());
}

TEST(Decider, KeepsRecipientsAsPrivateAsTheLogIsToBe) {
    World world("[relay]\nhosted_domains = [\"example.com\"]\n[log]\nrecipients = \"domain\"\n");
    Message message = submitted(world, "alice@example.com", "alice@example.com");
    message.facts.recipients.push_back({"<secret@remote.example>", "smtp"});
    message.reading = read_message(*message.snapshot->policy, message.facts);
    message.queue_id = "4c1X2b3d";
    world.decider.accepted(message, Verdict{});
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(format_line(world.records.records[0]).find("secret"), std::string::npos);
}

TEST(Decider, PassesARecordOnOnlyAfterItIsComplete) {
    World world(policy);
    world.records.failing = true;
    Message message = submitted(world, "alice@example.com", "boss@example.com");
    EXPECT_THROW((void)world.decider.decide(message, Stage::mail), std::runtime_error);
}

// --- Alias tables ------------------------------------------------------------------------------

TEST(Decider, AsksATableOnceForAllStagesOfAMessage) {
    World world(policy);
    world.snapshots.add_table("directory");
    world.tables.answer.known = true;
    world.tables.answer.senders.push_back(*Pattern::parse("boss@example.com", PatternRole::sender));
    Message message = submitted(world, "alice@example.com", "boss@example.com");
    const Ruling at_mail = world.decider.decide(message, Stage::mail);
    EXPECT_EQ(at_mail.verdict.outcome, Outcome::accept);
    EXPECT_EQ(at_mail.verdict.rules, std::vector<std::string>{"directory"});
    message.facts.headers.push_back({"From", "boss@example.com"});
    EXPECT_EQ(world.decider.decide(message, Stage::headers).verdict.outcome, Outcome::accept);
    EXPECT_EQ(world.tables.asked, std::vector<std::string>{"directory for alice@example.com"});
}

TEST(Decider, AsksNoTableWhereThePolicyItselfSaysYes) {
    World world(policy);
    world.snapshots.add_table("directory");
    Message message = submitted(world, "alice@example.com", "alice@example.com");
    EXPECT_FALSE(world.decider.decide(message, Stage::mail).reply);
    EXPECT_TRUE(world.tables.asked.empty());
}

TEST(Decider, PutsOffWhatATableThatDoesNotAnswerLeftOpen) {
    World world(policy);
    world.snapshots.add_table("directory");
    world.tables.answer.known = false;
    Message message = submitted(world, "alice@example.com", "boss@example.com");
    const Ruling ruling = world.decider.decide(message, Stage::mail);
    ASSERT_TRUE(ruling.reply);
    EXPECT_EQ(to_string(ruling.reply->code), "450 4.3.0");
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].cause, Cause::lookup_failed);
    EXPECT_EQ(world.records.records[0].rules, std::vector<std::string>{"directory"});
}

TEST(NoTables, NeverPermit) {
    NoTables tables;
    const Policy none{PolicySource{}};
    const auto answers =
        tables.ask(none, {{Question::Kind::table, "a"}, {Question::Kind::table, "b"}}, Facts{});
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_FALSE(answers[0].known);
    EXPECT_FALSE(answers[1].known);
}

TEST(RandomBits, AreDifferentEachTime) {
    std::set<std::uint64_t> seen;
    for (int round = 0; round < 100; ++round) seen.insert(random_bits() & 0xFFFFFFFFFFU);
    EXPECT_EQ(seen.size(), 100U);
}

}  // namespace
}  // namespace relaypermit

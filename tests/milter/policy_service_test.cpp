#include "milter/policy_service.h"

#include <gtest/gtest.h>

#include "tests/support/daemon_fakes.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy =
    "[server]\nname = \"mail.example.com\"\n"
    "[relay]\nhosted_domains = [\"example.com\"]\n"
    "[[alias]]\nid = \"printers\"\nclients = [\"192.0.2.0/24\"]\n"
    "senders = [\"*@printers.example.com\"]\n";

std::string request(const std::string& sender, const std::string& recipient,
                    const std::string& more = {}) {
    return "request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=198.51.100.9\n"
           "server_port=25\nhelo_name=laptop\nsender=" +
           sender + "\nrecipient=" + recipient + "\n" + more + "\n";
}

// Every answer to what is fed in, without the empty lines.
struct Peer {
    explicit Peer(World& world) : service(world.decider) {}
    std::string say(const std::string& text) {
        input += text;
        std::string output;
        Conversation::Turn turn{};
        while ((turn = service.take_turn(input, output)) == Conversation::Turn::request) {
        }
        alive = turn != Conversation::Turn::junk;
        return output;
    }
    PolicyService service;
    std::string input{};
    bool alive{true};
};

TEST(PolicyService, SaysWhyAStrangerMayNotRelayAndRecordsItOnce) {
    World world(policy);
    Peer peer(world);
    const std::string answer = peer.say(request("x@y.example", "a@remote.example"));
    EXPECT_TRUE(answer.starts_with(
        "action=550 5.7.1 Not sent - ask whoever gave you "
        "x@y.example which outgoing server to set. mail.example.com does not send for it - "))
        << answer;
    EXPECT_TRUE(answer.ends_with("\n\n"));
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].cause, Cause::relay_not_permitted);
    EXPECT_EQ(world.records.records[0].helo, "laptop");
}

TEST(PolicyService, TellsAUserOfOursFromAStranger) {
    World world(policy);
    Peer peer(world);
    (void)peer.say(request("bob@example.com", "a@remote.example"));
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].cause, Cause::use_submission);
}

TEST(PolicyService, NeverSaysMoreThanDunnoForWhatThePolicyPermits) {
    World world(policy);
    Peer peer(world);
    EXPECT_EQ(peer.say(request("x@y.example", "a@example.com")), "action=DUNNO\n\n");
    EXPECT_EQ(peer.say(request("x@y.example", "a@remote.example", "sasl_username=bob\n")),
              "action=DUNNO\n\n");
    EXPECT_EQ(peer.say("request=smtpd_access_policy\nprotocol_state=DATA\n\n"), "action=DUNNO\n\n");
    EXPECT_EQ(peer.say("request=smtpd_access_policy\nprotocol_state=RCPT\n"
                       "client_address=192.0.2.7\nsender=p1@printers.example.com\n"
                       "recipient=a@remote.example\n\n"),
              "action=DUNNO\n\n");
    EXPECT_TRUE(world.records.records.empty());
}

TEST(PolicyService, ReadsTheNullSenderAndAddressesInTheirInternalForm) {
    World world(policy);
    Peer peer(world);
    (void)peer.say(request("", "a@remote.example"));
    (void)peer.say(request("a b@example.com", "a@remote.example"));
    ASSERT_EQ(world.records.records.size(), 2U);
    EXPECT_EQ(world.records.records[0].sender, "<>");
    EXPECT_EQ(world.records.records[0].cause, Cause::relay_not_permitted);
    EXPECT_EQ(world.records.records[1].sender, "\"a b\"@example.com");
    EXPECT_EQ(world.records.records[1].cause, Cause::use_submission);
}

TEST(PolicyService, AnswersRequestsThatArriveInPiecesOrTogether) {
    World world(policy);
    Peer peer(world);
    const std::string whole = request("x@y.example", "a@example.com");
    std::string answers;
    for (const char c : whole + whole) answers += peer.say(std::string(1, c));
    answers += peer.say(whole + whole);
    EXPECT_EQ(answers, "action=DUNNO\n\naction=DUNNO\n\naction=DUNNO\n\naction=DUNNO\n\n");
    EXPECT_TRUE(peer.alive);
}

TEST(PolicyService, HangsUpOnAPeerThatSpeaksSomethingElse) {
    World world(policy);
    for (const std::string_view text :
         {"GET / HTTP/1.1\n\n", "request=junk\n\n", "\n", "protocol_state=RCPT\n\n"}) {
        Peer peer(world);
        EXPECT_EQ(peer.say(std::string(text)), "") << text;
        EXPECT_FALSE(peer.alive) << text;
    }
}

TEST(PolicyService, LeavesTheRefusalToTheMtaWhereADecisionFails) {
    World world(policy);
    world.records.failing = true;
    Peer peer(world);
    EXPECT_EQ(peer.say(request("x@y.example", "a@remote.example")), "action=DUNNO\n\n");
}

TEST(PolicyService, LeavesRoomForWhatPostfixPutsBeforeTheText) {
    World world(policy);
    Peer peer(world);
    const std::string recipient = std::string(200, 'r') + "@remote.example";
    const std::string answer = peer.say(request("bob@example.com", recipient));
    const std::string line = "550 5.7.1 <" + recipient + ">: Recipient address rejected: " +
                             answer.substr(std::string("action=550 5.7.1 ").size());
    EXPECT_LE(line.size(), 512U);
    EXPECT_NE(answer.find(" - ref "), std::string::npos);
}

// The milter's session of the client that the requests above are about, behind MAIL.
struct Heard {
    explicit Heard(World& world) : mta(world) {
        mta.values["{daemon_port}"] = "25";
        mta.client = {"unknown", IpAddress::parse("198.51.100.9"), 40000, true};
        mta.open();
        EXPECT_FALSE(mta.mail("<x@y.example>"));
    }
    // A recipient that Postfix has refused with "550 5.7.1 <recipient>: text".
    void refused(const std::string& recipient, const std::string& text) {
        EXPECT_FALSE(mta.rcpt("<" + recipient + ">", "error", "5.7.1", text));
    }
    FakeMta mta;
};

std::vector<Outcome> outcomes(const World& world) {
    std::vector<Outcome> all;
    for (const Record& record : world.records.records) all.push_back(record.verdict);
    return all;
}

// What Postfix makes of an answer of ours.
std::string passed_on(const std::string& answer) {
    return "Recipient address rejected: " +
           answer.substr(std::string("action=550 5.7.1 ").size(), answer.find('\n') - 17);
}

constexpr std::string_view denial = "Relay access denied";

TEST(PolicyService, ItsRefusalIsNotRecordedAgainWhenTheMilterHearsOfIt) {
    World world(policy);
    Peer peer(world);
    Heard milter(world);
    const std::string text = passed_on(peer.say(request("x@y.example", "a@remote.example")));
    ASSERT_TRUE(text.starts_with("Recipient address rejected: Not sent")) << text;
    ASSERT_EQ(text.find('\n'), std::string::npos);
    milter.refused("a@remote.example", text);
    EXPECT_EQ(outcomes(world), std::vector{Outcome::reject});
    // Heard of once, it hides no later denial of Postfix's own.
    milter.refused("a@remote.example", std::string(denial));
    EXPECT_EQ(outcomes(world), (std::vector{Outcome::reject, Outcome::mta_reject}));
}

TEST(PolicyService, ItsRefusalIsNotRecordedAgainWherePostfixDidNotGetIt) {
    World world(policy);
    Peer peer(world);
    Heard milter(world);
    (void)peer.say(request("x@y.example", "a@remote.example"));
    milter.refused("a@remote.example", std::string(denial));
    EXPECT_EQ(outcomes(world), std::vector{Outcome::reject});
    milter.refused("b@remote.example", std::string(denial));
    EXPECT_EQ(outcomes(world), (std::vector{Outcome::reject, Outcome::mta_reject}));
}

TEST(PolicyService, WhatItOnlyMonitorsIsNotRecordedAgainWhenPostfixRefusesIt) {
    World world("mode = \"monitor\"\n" + std::string(policy));
    Peer peer(world);
    Heard milter(world);
    for (int again = 0; again < 2; ++again) {
        ASSERT_EQ(peer.say(request("x@y.example", "a@remote.example")), "action=DUNNO\n\n");
        milter.refused("a@remote.example", std::string(denial));
    }
    EXPECT_EQ(outcomes(world), (std::vector{Outcome::monitor, Outcome::monitor}));
    // Of others, and where the service was not asked, the denial is a record of its own.
    milter.refused("b@remote.example", std::string(denial));
    milter.refused("a@remote.example", std::string(denial));
    EXPECT_EQ(outcomes(world).size(), 4U);
    EXPECT_EQ(outcomes(world).back(), Outcome::mta_reject);
}

TEST(PolicyService, AWordOfTheRecipientHidesNoDenial) {
    World world(policy);
    Peer peer(world);
    Heard milter(world);
    const std::string text = passed_on(peer.say(request("x@y.example", "a@remote.example")));
    const std::string reference = text.substr(text.size() - 8);
    milter.refused("\"x ref " + reference + "\"@remote.example",
                   "ref " + reference + "@remote.example>: Relay access denied");
    EXPECT_EQ(outcomes(world), (std::vector{Outcome::reject, Outcome::mta_reject}));
}

}  // namespace
}  // namespace relaypermit

#include "milter/socketmap.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/support/daemon_fakes.h"
#include "tests/support/source_directory.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy =
    "[server]\nname = \"mail.example.com\"\n[relay]\nhosted_domains = [\"example.com\"]\n";

std::string netstring(const std::string& text) {
    return std::to_string(text.size()) + ":" + text + ",";
}

struct Map {
    explicit Map(World& world) : socketmap(world.decider) {}
    std::string ask(const std::string& key) { return socketmap.answer(key); }
    Socketmap socketmap;
};

TEST(Socketmap, AnswersARefusalInOneQuotedString) {
    World world(policy);
    const std::string answer =
        Map(world).ask("4C1X2B3D!25!198.51.100.9!!x@y.example!<a@remote.example>");
    EXPECT_TRUE(answer.starts_with(
        "OK 550 5.7.1 \"Not sent - ask whoever gave you "
        "x@y.example which outgoing server to set. mail.example.com does not send for it - "))
        << answer;
    EXPECT_TRUE(answer.ends_with("\""));
    ASSERT_EQ(world.records.records.size(), 1U);
    EXPECT_EQ(world.records.records[0].queue_id, "4C1X2B3D");
    EXPECT_EQ(world.records.records[0].mta, Mta::sendmail);
}

TEST(Socketmap, NeverSaysMoreThanNotFoundForWhatThePolicyPermits) {
    World world(policy);
    Map map(world);
    EXPECT_EQ(map.ask("Q!25!198.51.100.9!!x@y.example!<a@example.com>"), "NOTFOUND ");
    EXPECT_EQ(map.ask("Q!25!198.51.100.9!PLAIN!x@y.example!<a@remote.example>"), "NOTFOUND ");
    EXPECT_EQ(map.ask("Q!25!127.0.0.1!!x@y.example!<a@remote.example>"), "NOTFOUND ");
    EXPECT_EQ(map.ask("no key at all"), "NOTFOUND ");
    EXPECT_EQ(map.ask(""), "NOTFOUND ");
    EXPECT_TRUE(world.records.records.empty());
}

TEST(Socketmap, ReadsIpv6ClientsNullSendersAndAddressesWithExclamationMarks) {
    World world(policy);
    Map map(world);
    (void)map.ask("Q!25!IPv6:2001:db8:0:0:0:0:0:1!!!<a!b@remote.example>");
    (void)map.ask("Q!25!198.51.100.9!!a!b@y.example!<c!d@remote.example>");
    (void)map.ask("Q!25!198.51.100.9!!\"a!<b\"@example.com!<c@remote.example>");
    (void)map.ask("Q!25!198.51.100.9!!x@y.example!<a!<b>@remote.example>");
    (void)map.ask("Q!25!198.51.100.9!!a\\\"b@y.example!<c@remote.example>");
    ASSERT_EQ(world.records.records.size(), 5U);
    EXPECT_EQ(world.records.records[3].sender, "x@y.example");
    EXPECT_EQ(world.records.records[3].recipients,
              std::vector<std::string>{"<a!<b>@remote.example>"});
    EXPECT_EQ(world.records.records[4].recipients, std::vector<std::string>{"c@remote.example"});
    EXPECT_EQ(world.records.records[0].client, "2001:db8::1");
    EXPECT_EQ(world.records.records[0].sender, "<>");
    EXPECT_EQ(world.records.records[1].sender, "a!b@y.example");
    EXPECT_EQ(world.records.records[1].recipients, std::vector<std::string>{"c!d@remote.example"});
    EXPECT_EQ(world.records.records[2].cause, Cause::use_submission);
}

TEST(Socketmap, CutsALongSenderAloneToWhatSendmailCarries) {
    World world("[server]\nname = \"m.example\"\n");
    Map map(world);
    const std::string whole = map.ask("Q!25!198.51.100.9!!x@y.z!<a@b.c>");
    EXPECT_TRUE(
        whole.starts_with("OK 550 5.7.1 \"Not sent - ask whoever gave you x@y.z which "
                          "outgoing server to set. m.example does not send for it - ref "))
        << whole;
    const std::string text = whole.substr(14, whole.size() - 15);
    ASSERT_LE(text.size(), 248U);
    // As many characters more as still fit, and one beyond.
    const std::string most(248 - text.size(), 'x');
    EXPECT_EQ(map.ask("Q!25!198.51.100.9!!" + most + "x@y.z!<a@b.c>").size(), 14U + 248 + 1);
    const std::string cut = map.ask("Q!25!198.51.100.9!!" + most + "xx@y.z!<a@b.c>");
    EXPECT_LE(cut.size(), 14U + 248 + 1);
    EXPECT_NE(cut.find("gave you xxxx"), std::string::npos) << cut;
    EXPECT_NE(cut.find("..."), std::string::npos) << cut;
}

TEST(Socketmap, KnowsNoCodeThatTheRulesDoNot) {
    std::ifstream rules(testing::source_directory() / "contrib/sendmail/relaypermit.m4");
    std::set<std::string> known;
    const std::string start = "C{RelayPermitCode}";
    for (std::string line; std::getline(rules, line);) {
        if (!line.starts_with(start)) continue;
        std::istringstream codes(line.substr(start.size()));
        known.insert(std::istream_iterator<std::string>(codes), {});
    }
    std::set<std::string> possible;
    for (int code = 0; code < 1000; ++code) {
        const std::string text = std::to_string(code);
        if (ReplyCode::parse(text + " " + text.substr(0, 1) + ".7.1")) possible.insert(text);
    }
    EXPECT_EQ(known, possible);
    EXPECT_EQ(known.size(), 118U);
}

TEST(Socketmap, KeepsToWhatSendmailCarries) {
    World world(policy);
    const std::string odd = "\"" + std::string(40, '%') + "\\\\\"@y.example";
    const std::string answer =
        Map(world).ask("Q!25!198.51.100.9!!" + odd + "!<" + std::string(200, 'r') + "@r.example>");
    const std::size_t open = answer.find('"');
    EXPECT_LE(answer.size() - open - 2, 248U) << answer;
    EXPECT_NE(answer.find(" - ref "), std::string::npos);
}

TEST(Socketmap, TakesNetstringsInPiecesAndHangsUpOnOthers) {
    World world(policy);
    Socketmap map(world.decider);
    const std::string whole =
        netstring("relaypermit Q!25!198.51.100.9!!x@y.example!<a@example.com>");
    std::string input;
    std::string output;
    for (const char c : whole + whole) {
        input += c;
        ASSERT_NE(map.take_turn(input, output), Conversation::Turn::junk);
    }
    EXPECT_EQ(output, netstring("NOTFOUND ") + netstring("NOTFOUND "));
    for (const std::string_view junk : {"GET / HTTP/1.1\r\n", "5:abcdef,", ":x,", "99999999:x",
                                        "-1:,", "1234567890123456789012345678901234567890:"}) {
        Socketmap other(world.decider);
        std::string text(junk);
        std::string ignored;
        EXPECT_EQ(other.take_turn(text, ignored), Conversation::Turn::junk) << junk;
    }
}

}  // namespace
}  // namespace relaypermit

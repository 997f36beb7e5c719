#include <gtest/gtest.h>

#include <algorithm>

#include "inspect/who.h"
#include "policy/rights.h"
#include "tests/describe.h"
#include "tests/random_policy.h"
#include "tests/scratch_tool.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([relay]
hosted_domains = ["example.com"]
trusted_networks = ["192.0.2.8"]
[groups]
sales = ["bob@example.com", "carol@example.com"]
[[alias]]
id = "shop"
logins = ["group:sales", "dave@example.com"]
senders = ["orders@example.com", "*@shop.example.com"]
until = 2027-01-31
[[alias]]
id = "corp"
logins = ['/(?P<name>[a-z]+)@corp\.example/']
senders = ["{name}@example.com"]
fields = ["from"]
[[alias]]
id = "over"
logins = ["eve@example.com"]
senders = ["orders@example.com"]
until = 2026-01-31
[[restrict]]
id = "cracked"
logins = ["carol@example.com"]
suspended = true
)";

TEST(WhoCommand, ListsWhoMaySendAsAnAddress) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"who", "orders@example.com"}), Exit::fine) << tool.err();
    const std::string file = tool.path("policy.toml");
    const std::string gap(file.size() + 5 - std::string("built in").size(), ' ');
    EXPECT_EQ(tool.out(),
              "may send as orders@example.com:\n"
              "  orders@example.com                own-address      built in" +
                  gap +
                  "  if there is such a login\n"
                  "  bob@example.com                   shop             " +
                  file +
                  ":6:1   in group sales, until 2027-01-31\n"
                  "  carol@example.com                 shop             " +
                  file +
                  ":6:1   in group sales, until 2027-01-31, suspended by cracked\n"
                  "  dave@example.com                  shop             " +
                  file +
                  ":6:1   until 2027-01-31\n"
                  "  /(?P<name>[a-z]+)@corp\\.example/  corp             " +
                  file +
                  ":11:1  where {name}@example.com is the address, only in From\n"
                  "  192.0.2.8/32                      trusted-network  " +
                  file + ":3:21  without a login\n");
}

TEST(WhoCommand, ListsAsWhatALoginMaySend) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"who", "--login", "bob@example.com"}), Exit::fine) << tool.err();
    const std::string file = tool.path("policy.toml");
    const std::string gap(file.size() + 4 - std::string("built in").size(), ' ');
    EXPECT_EQ(tool.out(),
              "bob@example.com may send as:\n"
              "  bob@example.com     own-address  built in" +
                  gap +
                  "  and bob+anything@example.com\n"
                  "  orders@example.com  shop         " +
                  file +
                  ":6:1  until 2027-01-31\n"
                  "  *@shop.example.com  shop         " +
                  file + ":6:1  until 2027-01-31\n");
    EXPECT_EQ(tool.run({"who", "--login", "frank@corp.example"}), Exit::fine);
    EXPECT_NE(tool.out().find("  frank@example.com  corp"), std::string::npos) << tool.out();
}

TEST(WhoCommand, SaysSoWhereItIsNobody) {
    ScratchTool tool;
    tool.write("policy.toml",
               "relay = {hosted_domains = [\"example.com\"], trusted_networks = []}");
    EXPECT_EQ(tool.run({"who", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(), "nobody may send as x@example.net\n");
    EXPECT_EQ(tool.run({"who", "--login", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(), "x@example.net may send as nothing\n");
    EXPECT_EQ(tool.run({"who", "--json", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(), "[]\n");
}

TEST(WhoCommand, WantsOneQuestion) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"who"}), Exit::failed);
    EXPECT_EQ(tool.run({"who", "a@b.example", "--login", "c"}), Exit::failed);
    EXPECT_EQ(tool.run({"who", "nobody"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: `nobody` is not an address\n");
}

// Whatever rule the engine uses for an address is on both lists.
TEST(Who, LeavesOutNoRuleThatTheEngineUses) {
    RandomWorld world(3);
    int used = 0;
    for (int p = 0; p < 150; ++p) {
        const PolicySource source = world.policy();
        const Policy policy_in_force(source);
        for (int s = 0; s < 10; ++s) {
            Facts facts = world.facts(source);
            facts.table_answers.clear();
            const Reading reading = read_envelope(policy_in_force, facts);
            if (reading.sender.state != SenderReading::State::address) continue;
            const Rights rights(policy_in_force, facts, reading);
            const Coverage coverage = rights.covers(reading.sender.address, GrantField::envelope);
            if (coverage.match != Match::yes) continue;
            ++used;
            const auto names = [&](const std::vector<Permission>& permissions) {
                return std::any_of(
                    permissions.begin(), permissions.end(),
                    [&](const Permission& one) { return one.rule == coverage.rule; });
            };
            ASSERT_TRUE(names(who_may_send_as(policy_in_force, reading.sender.address, facts.now)))
                << coverage.rule << "\n"
                << describe(source) << "\n"
                << describe(facts);
            if (!reading.login) continue;
            ASSERT_TRUE(names(what_may_send(policy_in_force, *reading.login, {}, facts.now)))
                << coverage.rule << "\n"
                << describe(source) << "\n"
                << describe(facts);
        }
    }
    EXPECT_GE(used, 100);
}

}  // namespace
}  // namespace relaypermit

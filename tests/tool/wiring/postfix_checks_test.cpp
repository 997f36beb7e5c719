#include "tool/wiring/postfix_checks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([listen]
milter = "unix:/queue/relaypermit/milter.sock"
[relay]
hosted_domains = ["example.com"]
trusted_networks = ["127.0.0.0/8", "::1/128"]
)";

// Facts without a machine: what postconf would print, and sockets that answer.
class Facts {
  public:
    Facts() {
        facts_.policy.file = "policy.toml";
        facts_.policy.loaded = load_policy_text(policy, "policy.toml", "mail.example.com");
        set("queue_directory", "/queue");
        set("myhostname", "mail.example.com");
        set("smtpd_milters", "{ unix:relaypermit/milter.sock, default_action=tempfail }");
        set("milter_command_timeout", "30s");
        set("milter_content_timeout", "300s");
        set("milter_protocol", "6");
        set("message_reject_characters", "\\0");
        set("smtpd_delay_reject", "yes");
        set("smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination");
        facts_.lists["virtual_mailbox_domains"].items = {"example.com"};
        facts_.lists["mynetworks"].items = {"127.0.0.0/8", "[::1]/128"};
        PostfixService smtp;
        smtp.name = "smtp";
        smtp.type = "inet";
        smtp.program = "smtpd";
        facts_.postfix.directory = "/etc/postfix";
        facts_.postfix.services.push_back(smtp);
        SocketFacts socket;
        socket.address = "unix:/queue/relaypermit/milter.sock";
        socket.path = {"/queue/relaypermit/milter.sock", true, false, true, 0660, "r:postfix", {}};
        socket.end = ProbeEnd::answered;
        facts_.sockets.emplace(socket.address, socket);
    }
    void set(const std::string& name, const std::string& value) {
        facts_.postfix.parameters[name] = {value, value, {"/etc/postfix/main.cf", ++line_}};
    }
    PostfixFacts& facts() { return facts_; }
    PostfixService& service() { return facts_.postfix.services.front(); }
    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        for (const WiringFinding& finding : check_postfix(facts_)) ids.emplace_back(finding.id);
        return ids;
    }

  private:
    PostfixFacts facts_{};
    std::size_t line_{};
};

using Ids = std::vector<std::string>;

TEST(PostfixChecks, WhatIsRightGivesNone) {
    EXPECT_EQ(Facts().ids(), Ids{});
}

TEST(PostfixChecks, ASettingThatManyServicesShareIsSaidOnce) {
    Facts facts;
    facts.facts().postfix.services.push_back(facts.service());
    facts.facts().postfix.services.back().name = "192.0.2.1:smtp";
    facts.set("smtpd_delay_reject", "no");
    EXPECT_EQ(facts.ids(), Ids{"delay-reject"});
}

TEST(PostfixChecks, SaysWhichAnswersOfAnAccessTableDecideOfOwners) {
    const auto fix = [](const std::vector<TableEntry>& entries) {
        Facts facts;
        facts.set("smtpd_sender_login_maps", "static:all");
        facts.set("smtpd_sender_restrictions", "Check_Sender_Access inline:t");
        LookupTable table;
        table.entries = entries;
        facts.facts().access.emplace("inline:t", table);
        for (const WiringFinding& one : check_postfix(facts.facts()))
            if (one.id == "sender-login-maps") return one.write;
        return std::string();
    };
    const TableEntry check{"a.test", "REJECT_SENDER_LOGIN_MISMATCH", {}};
    EXPECT_EQ(fix({{"a.test", "REJECT", {}}}), "");
    EXPECT_TRUE(fix({check}).starts_with("take check_sender_access inline:t out of"))
        << fix({check});
    // What it refuses besides would be lost.
    EXPECT_TRUE(
        fix({check, {"spam.test", "REJECT", {}}}).find("out of its answers to a.test, and") !=
        std::string::npos)
        << fix({check, {"spam.test", "REJECT", {}}});
}

TEST(PostfixChecks, OfTwoListsEachHasToLetARecipientThrough) {
    Facts facts;
    facts.set("smtpd_relay_restrictions", "");
    facts.set("smtpd_recipient_restrictions",
              "check_policy_service inet:127.0.0.1:10023, reject_unauth_destination");
    EXPECT_EQ(facts.ids(), Ids{"open-relay"}) << "the greylist may say OK";
    facts.set("smtpd_recipient_restrictions",
              "reject_unauth_destination, check_policy_service inet:127.0.0.1:10023");
    EXPECT_EQ(facts.ids(), Ids{});
    facts.set("smtpd_recipient_restrictions", "");
    EXPECT_EQ(facts.ids(), Ids{"open-relay"});
    facts.set("smtpd_relay_restrictions", "warn_if_reject reject_unauth_destination, permit");
    EXPECT_EQ(facts.ids(), Ids{"open-relay"});
}

TEST(PostfixChecks, ANetworkIsReadInEachFormOfMainCf) {
    Facts facts;
    auto& networks = facts.facts().lists["mynetworks"];
    networks.items.insert("[::ffff:127.0.0.0]/104");
    networks.items.insert("127.0.0.1");
    EXPECT_EQ(facts.ids(), Ids{});
    networks.items.insert("[2001:db8::]/32");
    EXPECT_EQ(facts.ids(), Ids{"networks-differ"});
    networks.items.erase("[2001:db8::]/32");
    networks.items.insert("[::]/0");
    EXPECT_EQ(facts.ids(), (Ids{"open-networks", "networks-differ"}));
}

TEST(PostfixChecks, WithoutAllNetworksNothingIsMissing) {
    Facts facts;
    auto& networks = facts.facts().lists["mynetworks"];
    networks.items.clear();
    networks.unlisted.emplace_back("cidr:/etc/postfix/networks");
    EXPECT_EQ(facts.ids(), Ids{});
}

TEST(PostfixChecks, DomainsOfTheMachineItselfNeedNotBeHosted) {
    Facts facts;
    facts.facts().lists["mydestination"].items = {"mail.example.com", "localhost",
                                                  "localhost.example.com", "[192.0.2.1]", "mail"};
    EXPECT_EQ(facts.ids(), Ids{});
    facts.facts().lists["mydestination"].items.insert("example.org");
    EXPECT_EQ(facts.ids(), Ids{"domains-differ"});
}

TEST(PostfixChecks, AParentAmongTheRelayedDomainsCoversWhatIsBelow) {
    Facts facts;
    facts.facts().lists["virtual_mailbox_domains"].items.clear();
    facts.facts().lists["relay_domains"].items = {".com"};
    facts.facts().policy.loaded = load_policy_text(
        "[listen]\nmilter = \"unix:/queue/relaypermit/milter.sock\"\n[relay]\nhosted_domains = "
        "[\"example.com\", \"*.com\"]\n",
        "policy.toml", "mail.example.com");
    EXPECT_EQ(facts.ids(), Ids{});
}

TEST(PostfixChecks, ASocketThatIsThereAndBarredNamesTheObstacle) {
    Facts facts;
    SocketFacts& socket = facts.facts().sockets.begin()->second;
    socket.obstacle = "/queue/relaypermit (root:root 0700)";
    facts.set("mail_owner", "postfix");
    const WiringFindings findings = check_postfix(facts.facts());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].id, "socket-permissions");
    EXPECT_EQ(findings[0].write, "chgrp postfix /queue/relaypermit, and chmod g+x");
}

TEST(PostfixChecks, AlthoughThePolicyIsBrokenTheRestIsLookedAt) {
    Facts facts;
    const ListenSettings listen = facts.facts().policy.loaded.settings.listen;
    facts.facts().policy.loaded = load_policy_text("mood = 1\n", "policy.toml", "mail.example.com");
    facts.facts().policy.loaded.settings.listen = listen;
    facts.set("smtpd_delay_reject", "no");
    EXPECT_EQ(facts.ids(), (Ids{"delay-reject", "policy-broken"}));
}

TEST(PostfixChecks, TimeForAliasTablesCounts) {
    Facts facts;
    facts.facts().policy.loaded.settings.tables.resize(1);
    facts.facts().policy.loaded.settings.tables[0].timeout_ms = 26'000;
    EXPECT_EQ(facts.ids(), Ids{"milter-timeout"});
    facts.facts().policy.loaded.settings.tables[0].timeout_ms = 25'000;
    EXPECT_EQ(facts.ids(), Ids{});
}

TEST(PostfixChecks, PrivateNetworksOfIPv6AreWideAndNotOpen) {
    Facts facts;
    auto& networks = facts.facts().lists["mynetworks"];
    networks.items.insert("[fc00::]/7");
    networks.items.insert("[fe80::]/10");
    EXPECT_EQ(facts.ids(), Ids{"networks-differ"});
    networks.items.insert("[2000::]/3");
    EXPECT_EQ(facts.ids(), (Ids{"open-networks", "networks-differ"}));
}

TEST(PostfixChecks, AClassCountsForWhatIsInIt) {
    Facts facts;
    facts.set("smtpd_restriction_classes", "refuse, around");
    facts.set("refuse", "permit_mynetworks, reject_unauth_destination");
    facts.set("smtpd_relay_restrictions", "refuse");
    EXPECT_EQ(facts.ids(), Ids{});
    facts.set("smtpd_relay_restrictions", "around, refuse");
    facts.set("around", "around, permit");
    EXPECT_EQ(facts.ids(), Ids{"open-relay"}) << "a class within itself is gone through, too";
    // A service may have no classes, or others.
    facts.service().overrides["smtpd_restriction_classes"] = {
        "", "", {"/etc/postfix/master.cf", 1}};
    facts.set("smtpd_relay_restrictions", "reject_unauth_destination");
    EXPECT_EQ(facts.ids(), Ids{});
}

TEST(PostfixChecks, AMilterThatIsAskedOverTheNetworkIsSaid) {
    Facts facts;
    const SocketFacts before = facts.facts().sockets.begin()->second;
    for (const auto& [address, endpoint, ids] :
         {std::tuple{"inet:8891@192.0.2.9", "inet:192.0.2.9:8891", Ids{"milter-over-tcp"}},
          std::tuple{"inet6:8891@2001:db8::9", "inet:[2001:db8::9]:8891", Ids{"milter-over-tcp"}},
          std::tuple{"inet:8891@127.0.0.1", "inet:localhost:8891", Ids{}},
          std::tuple{"inet6:8891@::1", "inet:[::1]:8891", Ids{}}}) {
        SocketFacts socket = before;
        socket.address = comparable_address(address);
        socket.path = {};
        facts.facts().sockets = {{address, socket}};
        facts.facts().policy.loaded.settings.listen[Protocol::milter] = address;
        facts.set("smtpd_milters", std::string("{ ") + endpoint + ", default_action=tempfail }");
        EXPECT_EQ(facts.ids(), ids) << address;
    }
}

TEST(PostfixChecks, TheClockIsWrongWhereTheProgramIsOfLater) {
    Facts facts;
    facts.facts().policy.now = TimePoint{std::chrono::hours{1000}};
    facts.facts().policy.clock.program = {"/usr/bin/relaypermit",
                                          true,
                                          false,
                                          false,
                                          0755,
                                          "root:root",
                                          TimePoint{std::chrono::hours{999}}};
    EXPECT_EQ(facts.ids(), Ids{});
    facts.facts().policy.clock.unkept = true;
    EXPECT_EQ(facts.ids(), Ids{"clock"});
    facts.facts().policy.clock.program.changed = TimePoint{std::chrono::hours{1001}};
    EXPECT_EQ(facts.ids(), Ids{"clock"}) << "once";
}

TEST(PostfixChecks, APortIsKnownByItsNamesAndBehindAnAddress) {
    PostfixService service;
    for (const auto& [name, port] :
         {std::pair{"submission", 587}, std::pair{"smtps", 465}, std::pair{"[::1]:2525", 2525},
          std::pair{"192.0.2.1:submissions", 465}, std::pair{"amavis", 0}, std::pair{"", 0}}) {
        service.name = name;
        EXPECT_EQ(port_of(service), port) << name;
    }
}

}  // namespace
}  // namespace relaypermit

// What who says where domain tables decide whether an address is hosted here.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/load.h"
#include "tool/rehearse/other_spellings.h"
#include "tool/rehearse/who.h"

namespace relaypermit {
namespace {

constexpr TimePoint now{std::chrono::seconds{1'795'291'200}};
using Lines = std::vector<std::string>;

std::shared_ptr<const Policy> policy_of(const std::string& rules) {
    const Loaded loaded = load_policy_text(
        "from.bounces = \"refuse\"\n[relay]\nhosted_domains = [\"example.com\"]\n"
        "trusted_networks = []\n"
        "[[domain_table]]\nid = \"customers\"\nrole = \"hosted\"\ntype = \"file\"\npath = "
        "\"/domains\"\n" +
            rules,
        "p", "host");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded.policy;
}

enum class Said { yes, no, nothing };

std::vector<TableAnswer> answers_of(Said said) {
    TableAnswer answer{.table = "customers",
                       .known = said != Said::nothing,
                       .address = {.domain = "shop.example"}};
    if (said == Said::yes) answer.key = "shop.example";
    return {answer};
}

Lines told(const std::vector<Permission>& found) {
    Lines lines;
    for (const Permission& one : found) {
        lines.push_back(one.rule + ": " + one.subject + one.sender);
        for (const std::string& condition : one.conditions) lines.back() += " - " + condition;
    }
    return lines;
}

Lines who(const std::string& rules, Said said) {
    return told(who_may_send_as(*policy_of(rules), {"eve", "shop.example", said == Said::yes}, now,
                                answers_of(said)));
}
Lines what(const std::string& rules, Said said) {
    return told(what_may_send(*policy_of(rules), {"eve", "shop.example", said == Said::yes},
                              answers_of(said), now));
}

const std::string closed =
    "[cause.hosted-sender-needs-login]\naction = \"reject\"\n"
    "[cause.hosted-from-needs-login]\naction = \"reject\"\n";

TEST(WhoTables, NeitherGrantsNorDeniesAnOwnAddressWhileATableIsSilent) {
    EXPECT_EQ(who(closed, Said::yes),
              Lines{"own-address: eve@shop.example - if there is such a login"});
    EXPECT_EQ(who(closed, Said::no), Lines{});
    EXPECT_EQ(who(closed, Said::nothing),
              Lines{"own-address: eve@shop.example - if there is such a login - if a table that "
                    "gives no answer hosts its domain"});
    EXPECT_EQ(what(closed, Said::yes),
              Lines{"own-address: eve@shop.example - and eve+anything@shop.example"});
    EXPECT_EQ(what(closed, Said::no), Lines{});
    EXPECT_EQ(what(closed, Said::nothing),
              Lines{"own-address: eve@shop.example - and eve+anything@shop.example - if a table "
                    "that gives no answer hosts its domain"});
    // Whose realms are listed, that is no matter of a table.
    EXPECT_EQ(what("[login]\nrealms = [\"example.com\"]\n" + closed, Said::nothing), Lines{});
}

TEST(WhoTables, SaysThatAnyoneMaySendAsAnAddressOfATablesDomain) {
    const std::string open =
        "cause.hosted-sender-needs-login: anyone - without a login - to hosted recipients on port "
        "25";
    const auto last = [](Said said) {
        const Lines lines = who("", said);
        return lines.empty() ? "" : lines.back();
    };
    EXPECT_EQ(last(Said::yes), open);
    EXPECT_EQ(last(Said::nothing), open + " - if a table that gives no answer hosts its domain");
    EXPECT_EQ(last(Said::no), "");
}

TEST(WhoTables, SaysOfWhichDomainACauseIsThatLetsEveryLoginThrough) {
    const std::string rules = closed + "[cause.sender-not-hosted]\naction = \"off\"\n";
    const std::string all = "cause.sender-not-hosted: every login - `sender-not-hosted` is off";
    EXPECT_EQ(who(rules, Said::yes).size(), 1U);
    EXPECT_EQ(who(rules, Said::no), Lines{all + " - only in envelope"});
    EXPECT_EQ(who(rules, Said::nothing)[1],
              all + " - unless a table that gives no answer hosts its domain - only in envelope");
    const std::string headers = rules + "[cause.from-not-owned]\naction = \"off\"\n";
    EXPECT_EQ(who(headers, Said::nothing).back(),
              "cause.from-not-owned: every login - `from-not-owned` is off - only in From, Sender");
    const std::string excepted =
        closed + "[cause.sender-not-owned]\nexcept_logins = [\"news@example.com\"]\n";
    EXPECT_EQ(who(excepted, Said::yes).back(),
              "cause.sender-not-owned: news@example.com - by except_logins - only in envelope");
    EXPECT_EQ(who(excepted, Said::no), Lines{});
    EXPECT_EQ(who(excepted, Said::nothing).back(),
              "cause.sender-not-owned: news@example.com - by except_logins - only in envelope - "
              "if a table that gives no answer hosts its domain");
}

TEST(WhoTables, ClaimsOfAnExceptedSenderNoMoreThanIsKnown) {
    const std::string rules =
        closed +
        "[login]\nowns_own_address = false\n[cause.sender-not-owned]\nexcept_senders = "
        "[\"*@example.com\", \"a@shop.example\"]\n";
    EXPECT_EQ(what(rules, Said::yes),
              Lines({"cause.sender-not-owned: *@example.com - by except_senders - only in envelope",
                     "cause.sender-not-owned: a@shop.example - by except_senders - only what is "
                     "hosted here - only in envelope"}));
}

TEST(WhoTables, FillsATemplateOfHostedDomainsWithATablesDomain) {
    const std::string rules = closed +
                              "[[alias]]\nid = \"office\"\nlogins = [\"*@example.com\"]\nsenders = "
                              "[\"{user}@hosted\"]\n";
    const std::string office = "office: *@example.com - where {user}@hosted is the address";
    const Lines of_table = who(rules, Said::yes);
    EXPECT_NE(std::find(of_table.begin(), of_table.end(), office), of_table.end());
    EXPECT_EQ(who(rules, Said::no), Lines{});
}

TEST(WhoTables, OtherSpellingsSayThatTheRealmsOfATableAreNotLookedThrough) {
    const std::string note =
        "note: the realms of domain table customers are not looked through: if this account has a "
        "login there, suspend it too\n";
    EXPECT_EQ(other_spellings_text(*policy_of(""), {"eve", "example.com"}, now), note);
    EXPECT_EQ(other_spellings_text(*policy_of("[login]\nrealms = [\"example.com\"]\n"),
                                   {"eve", "example.com"}, now),
              "");
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/rights.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"
#include "tests/support/scratch_tool.h"
#include "tool/base/terminal.h"
#include "tool/rehearse/who.h"

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
                  file +
                  ":3:21  without a login\n"
                  "anyone, without a login, to hosted recipients on port 25 "
                  "(`cause.hosted-sender-needs-login` is off; reject stops lists, forwards and "
                  "outside services that send as a hosted domain)\n");
}

TEST(WhoCommand, ListsAsWhatALoginMaySend) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"who", "--login", "bob@example.com"}), Exit::fine) << tool.err();
    const std::string file = tool.path("policy.toml");
    const std::string gap(file.size() + 4 - std::string("built in").size(), ' ');
    EXPECT_EQ(tool.out(),
              "bob@example.com may send as:\n"
              "  bob@example.com         own-address  built in" +
                  gap +
                  "  and bob+anything@example.com\n"
                  "  orders@example.com      shop         " +
                  file +
                  ":6:1  until 2027-01-31\n"
                  "  *@shop.example.com      shop         " +
                  file +
                  ":6:1  until 2027-01-31\n"
                  "  mailer-daemon@any host  bounce       built in" +
                  gap + "  only in From, with the null sender\n");
    EXPECT_EQ(tool.run({"who", "--login", "frank@corp.example"}), Exit::fine);
    EXPECT_NE(tool.out().find("  frank@example.com       corp"), std::string::npos) << tool.out();
}

TEST(WhoCommand, SaysSoWhereItIsNobody) {
    ScratchTool tool;
    tool.write("policy.toml",
               "relay = {hosted_domains = [\"example.com\"], trusted_networks = []}");
    EXPECT_EQ(tool.run({"who", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(), "nobody may send as x@example.net\n");
    EXPECT_EQ(tool.run({"who", "--login", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(),
              "x@example.net may send as nothing of its own:\n"
              "  mailer-daemon@any host  bounce  built in  only in From, with the null sender\n");
    EXPECT_EQ(tool.run({"who", "--json", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(), "[]\n");
    tool.write("policy.toml",
               "relay = {hosted_domains = [\"example.com\"], trusted_networks = []}\n"
               "from.bounces = \"refuse\"");
    EXPECT_EQ(tool.run({"who", "--login", "x@example.net"}), Exit::finding);
    EXPECT_EQ(tool.out(), "x@example.net may send as nothing\n");
}

TEST(WhoCommand, WantsOneQuestion) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"who"}), Exit::failed);
    EXPECT_EQ(tool.run({"who", "a@b.example", "--login", "c"}), Exit::failed);
    EXPECT_EQ(tool.run({"who", "nobody"}), Exit::failed);
    EXPECT_EQ(tool.err(), "relaypermit: `nobody` is not an address\n");
}

// "rule: subject or sender (conditions)" of each permission; "!" where it is suspended.
std::vector<std::string> told(const std::vector<Permission>& permissions) {
    std::vector<std::string> lines;
    for (const Permission& one : permissions) {
        std::string line = one.rule + ": " + one.subject + one.sender + (one.suspended ? " !" : "");
        for (const std::string& condition : one.conditions) line += " - " + condition;
        lines.push_back(std::move(line));
    }
    return lines;
}

Loaded loaded_of(const std::string& rules) {
    Loaded loaded = load_policy_text(
        "relay = {hosted_domains = [\"example.com\"], "
        "trusted_networks = []}\nlogin.owns_own_address = false\n" +
            rules,
        "p", "host");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

std::vector<std::string> who(const std::string& rules, std::string_view address) {
    return told(
        who_may_send_as(*loaded_of(rules).policy, *parse_address(address), ScratchTool::now));
}

using Lines = std::vector<std::string>;

// Closes what is open to anyone on port 25.
const std::string closed =
    "cause.hosted-sender-needs-login.action = \"reject\"\n"
    "cause.hosted-from-needs-login.action = \"reject\"\n";

TEST(Who, NamesTheLoginsThatATableBySenderGives) {
    PolicySource source = loaded_of(closed).policy->source();
    TableSource maps{"maps", {}};
    maps.by = TableBy::sender;
    maps.per_address = true;
    maps.fields.from = false;
    source.tables = {maps};
    const Policy with_maps(std::move(source));
    const Address orders{"orders", "example.com"};
    TableAnswer answer{"maps", true, {}, "", orders};
    answer.key = "@example.com";
    answer.logins = {*Pattern::parse("bob@example.com", PatternRole::login),
                     *Pattern::parse("*@example.com", PatternRole::login)};
    answer.lookups = {{"orders@example.com", true, 0, std::chrono::microseconds(1250), false},
                      {"@example.com", true, 2, {}, true}};
    const auto of_maps = [&](const std::vector<TableAnswer>& answers) {
        std::vector<Permission> found;
        for (Permission& one : who_may_send_as(with_maps, orders, ScratchTool::now, answers))
            if (one.rule == "maps") found.push_back(std::move(one));
        return found;
    };
    const auto found = of_maps({answer});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].subject, "bob@example.com");
    EXPECT_EQ(found[0].conditions,
              (Lines{"only in envelope, Sender", "looked up `orders@example.com`: nothing, 1.2 ms",
                     "looked up `@example.com`: 2 values, cached"}));
    EXPECT_EQ(found[1].subject, "*@example.com");
    answer.known = false;
    answer.why = "down";
    answer.logins.clear();
    ASSERT_EQ(of_maps({answer}).size(), 1U);
    EXPECT_EQ(of_maps({answer})[0].conditions, Lines{"the table gives no answer: down"});

    const auto senders = what_may_send(with_maps, {"bob", "example.com"}, {}, ScratchTool::now);
    const auto listed = std::find_if(senders.begin(), senders.end(),
                                     [](const Permission& one) { return one.rule == "maps"; });
    ASSERT_NE(listed, senders.end());
    EXPECT_EQ(listed->conditions, Lines{"the table is by sender and cannot list those of a login"});
}

TEST(Who, NamesAnyoneWhereNoCauseKeepsStrangersFromAHostedSender) {
    // A device that is granted something else is anyone too.
    const std::string device =
        "[[alias]]\nid = \"scanners\"\nclients = [\"192.0.2.0/24\"]\n"
        "senders = [\"scanner-*@example.com\"]\n";
    EXPECT_EQ(who(device, "ceo@example.com"),
              Lines({"cause.hosted-sender-needs-login: anyone - without a login - to hosted "
                     "recipients on port 25"}));
    EXPECT_EQ(
        who("cause.hosted-sender-needs-login.action = \"reject\"\n" + device, "ceo@example.com"),
        Lines({"cause.hosted-from-needs-login: anyone - without a login - to hosted "
               "recipients on port 25 - only in From"}));
    EXPECT_EQ(who(closed + device, "ceo@example.com"), Lines());
    EXPECT_EQ(who(device, "ceo@other.org"), Lines());
}

TEST(Who, NamesEveryLoginOfTheReportsOfServers) {
    const Lines reports({"bounce: every login - only in From, with the null sender"});
    EXPECT_EQ(who("", "Mailer-Daemon@branch.example.net"), reports);
    EXPECT_EQ(who("", "mailer-daemon2@branch.example.net"), Lines());
    EXPECT_EQ(who("from.bounces = \"refuse\"\n", "mailer-daemon@branch.example.net"), Lines());
    EXPECT_EQ(
        who("cause.null-sender-refused.action = \"reject\"\n", "mailer-daemon@branch.example.net"),
        Lines());
}

TEST(Who, SaysThatACauseWhichRefusesNobodyGivesEveryLoginTheAddress) {
    const std::string off = closed + "cause.sender-not-hosted.action = \"off\"\n";
    EXPECT_EQ(who(off, "ceo@other.org"),
              Lines({"cause.sender-not-hosted: every login - `sender-not-hosted` is off - only in "
                     "envelope"}));
    EXPECT_EQ(who(off, "ceo@example.com"), Lines());
    EXPECT_EQ(who(off + "cause.from-not-owned.action = \"monitor\"\n", "ceo@other.org"),
              Lines({"cause.sender-not-hosted: every login - `sender-not-hosted` is off"}));
    EXPECT_EQ(who(closed + "cause.from-not-owned.action = \"off\"\n", "ceo@example.com"),
              Lines({"cause.from-not-owned: every login - `from-not-owned` is off - only in From, "
                     "Sender"}));
    EXPECT_EQ(told(what_may_send(*loaded_of(off).policy, Login{"bob", "example.com"}, {},
                                 ScratchTool::now)),
              Lines({"cause.sender-not-hosted: any address that is not hosted here - "
                     "`sender-not-hosted` is off - only in envelope",
                     "bounce: mailer-daemon@any host - only in From, with the null sender"}));
}

TEST(Who, SaysThatARestrictionHoldsWithASubaddress) {
    const std::string rules = R"([[alias]]
id = "tagged"
logins = ["bob+x@example.com", "bob+*@example.com", "bo*@example.com"]
senders = ["desk@example.com"]
[[restrict]]
id = "cracked"
logins = ["bob@example.com"]
suspended = true
)";
    EXPECT_EQ(
        who(closed + rules, "desk@example.com"),
        Lines({"tagged: bob+x@example.com ! - suspended by cracked",
               "tagged: bob+*@example.com ! - suspended by cracked", "tagged: bo*@example.com"}));
    const auto tagged = what_may_send(*loaded_of("from.bounces = \"refuse\"\n" + rules).policy,
                                      Login{"bob+y", "example.com"}, {}, ScratchTool::now);
    EXPECT_EQ(told(tagged), Lines({"tagged: desk@example.com ! - suspended by cracked"}));
}

TEST(Who, NamesTheSuspensionOfPatternsAndNetworksToo) {
    const std::string rules = closed + R"([[alias]]
id = "all"
logins = ["*@example.com", '/x.*@example\.com/', "bob@example.com"]
senders = ["desk@example.com"]
[[alias]]
id = "devices"
clients = ["192.0.2.0/25", "198.51.100.0/24"]
senders = ["desk@example.com"]
[[restrict]]
id = "closed"
logins = ["*@example.com"]
suspended = true
[[restrict]]
id = "x"
logins = ['/x.*@example\.com/']
suspended = true
[[restrict]]
id = "net"
clients = ["192.0.2.0/24", "198.51.100.7"]
suspended = true
)";
    EXPECT_EQ(who(rules, "desk@example.com"),
              Lines({"all: *@example.com ! - suspended by closed",
                     "all: /x.*@example\\.com/ ! - suspended by x",
                     "all: bob@example.com ! - suspended by closed",
                     "devices: 192.0.2.0/25 ! - without a login - suspended by net",
                     "devices: 198.51.100.0/24 - without a login - suspended for some clients by "
                     "net"}));
    EXPECT_EQ(who("cause.account-suspended.action = \"off\"\n" + rules, "desk@example.com")[0],
              "all: *@example.com - suspended by closed, but `account-suspended` is off");
}

TEST(Who, ListsNoTemplateThatCannotBeTheAddress) {
    const auto listed = [](const std::string& login, const std::string& sender,
                           std::string_view address) {
        return !who(closed + "[[alias]]\nid = \"t\"\nlogins = ['" + login + "']\nsenders = ['" +
                        sender + "']\n",
                    address)
                    .empty();
    };
    EXPECT_TRUE(listed("*@example.com", "x-{user}@{domain}", "X-bob@example.com"));
    EXPECT_FALSE(listed("*@example.com", "x-{user}@{domain}", "x-bob@other.org"));
    EXPECT_FALSE(listed("*@example.com", "x-{user}@{domain}", "bob@example.com"));
    EXPECT_FALSE(listed("*@example.com", "x-{user}@{domain}", "x-@example.com"));
    EXPECT_TRUE(listed("*@*.example.com", "{user}@{domain}", "bob@other.org"));
    EXPECT_TRUE(listed("*@example.com", "{user}@*.example.org", "bob@a.b.example.org"));
    EXPECT_FALSE(listed("*@example.com", "{user}@*.example.org", "bob@example.org"));
    EXPECT_FALSE(listed("*@example.com", "{user}@*.example.org", "bob@other.org"));
    EXPECT_TRUE(listed("*@example.com", "{user}-*@shop.{domain}", "bob-@shop.example.com"));
    EXPECT_FALSE(listed("*@example.com", "{user}-*@shop.{domain}", "bob@shop.example.com"));
    EXPECT_FALSE(listed("*@example.com", "{login}", "bob@example.org"));
}

std::vector<std::string> what(const std::string& rules, std::string_view login) {
    const Loaded loaded = loaded_of(rules);
    const auto read = read_login(loaded.policy->source(), login, Mta::postfix);
    return told(what_may_send(*loaded.policy, *read, {}, ScratchTool::now));
}

TEST(Who, ListsWhatACauseExceptsALoginFrom) {
    const std::string rules = "from.bounces = \"refuse\"\n" + closed +
                              "[cause.sender-not-hosted]\nexcept_logins = [\"news@example.com\"]\n"
                              "[cause.sender-not-owned]\nexcept_senders = [\"list@example.com\"]\n"
                              "except_clients = [\"192.0.2.0/24\"]\n"
                              "[cause.from-not-owned]\nexcept_senders = [\"list@example.com\"]\n";
    const Lines all(
        {"cause.sender-not-owned: any address that is hosted here - only from "
         "192.0.2.0/24, by except_clients - only in envelope",
         "cause.sender-not-owned: list@example.com - by except_senders - only in "
         "envelope",
         "cause.from-not-owned: any address in From and Sender - where the envelope "
         "sender is list@example.com, by except_senders"});
    EXPECT_EQ(what(rules, "bob@example.com"), all);
    Lines news = all;
    news.insert(news.begin() + 2,
                "cause.sender-not-hosted: any address that is not hosted here - by except_logins - "
                "only in envelope");
    EXPECT_EQ(what(rules, "news@example.com"), news);
    EXPECT_EQ(what(rules, "news+x@example.com"), all) << "a subaddress is not excepted";
}

TEST(Who, ListsOfExceptedSendersOnlyThoseThatTheCauseIsAbout) {
    const std::string senders =
        "except_senders = [\"*\", \"<>\", \"*@hosted\", \"list@example.com\", "
        "\"*@partner.example\"]\n";
    const std::string rules = "from.bounces = \"refuse\"\n" + closed;
    EXPECT_EQ(
        what(rules + "[cause.sender-not-owned]\n" + senders, "bob@example.com"),
        Lines({"cause.sender-not-owned: *@hosted, list@example.com - by except_senders - only "
               "in envelope",
               "cause.sender-not-owned: * - by except_senders - only what is hosted here - "
               "only in envelope"}));
    EXPECT_EQ(
        what(rules + "[cause.sender-not-hosted]\n" + senders, "bob@example.com"),
        Lines({"cause.sender-not-hosted: *@partner.example - by except_senders - only in "
               "envelope",
               "cause.sender-not-hosted: * - by except_senders - only what is not hosted here "
               "- only in envelope"}));
}

TEST(Who, AsksTheEnvelopeSenderForWhatIsExceptedOfFrom) {
    const std::string rules =
        closed + "[cause.from-not-owned]\nexcept_senders = [\"list@example.com\"]\n";
    const Lines every(
        {"cause.from-not-owned: every login - where the envelope sender is "
         "list@example.com, by except_senders - only in From, Sender"});
    EXPECT_EQ(who(rules, "list@example.com"), every);
    EXPECT_EQ(who(rules, "ceo@example.com"), every) << "any From, beside that sender";
}

TEST(Who, SaysThatAnExceptedLoginIsSuspended) {
    const std::string rules = closed +
                              "[cause.sender-not-owned]\nexcept_logins = [\"news@example.com\"]\n"
                              "[[restrict]]\nid = \"cracked\"\nlogins = [\"news@example.com\"]\n"
                              "suspended = true\n";
    EXPECT_EQ(who(rules, "ceo@example.com"),
              Lines({"cause.sender-not-owned: news@example.com ! - by except_logins - only in "
                     "envelope - suspended by cracked"}));
}

TEST(WhoCommand, KeepsWithinANarrowTerminal) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"who", "--login", "carol@example.com"}, {}, 40), Exit::fine);
    for (std::string_view rest = tool.out(); !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        if (line.find(tool.path("policy.toml")) == std::string_view::npos)
            EXPECT_LE(columns(line), 40U) << line;
        rest.remove_prefix(line.size() + 1);
    }
    EXPECT_TRUE(
        tool.out().starts_with("carol@example.com may send as:\n"
                               "  carol@example.com\n"
                               "      own-address built in\n"
                               "      and carol+anything@example.com,\n"
                               "      suspended by cracked\n"))
        << tool.out();
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
            const Reading reading = read_message(policy_in_force, facts);
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

TEST(Who, NamesTheTagsThatALoginOwnsAndNoOthers) {
    const Loaded loaded = load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[login]\nsubaddress_delimiter = \"+-\"\n",
        "p", "h");
    ASSERT_TRUE(loaded.policy);
    const auto own = [&](const std::string& user) {
        return what_may_send(*loaded.policy, {user, "example.com"}, {}, {}).front().conditions;
    };
    EXPECT_EQ(own("mary"), (std::vector<std::string>{"and mary+anything@example.com",
                                                     "and mary-anything@example.com"}));
    EXPECT_EQ(own("mary-ann"), std::vector<std::string>{});
}

}  // namespace
}  // namespace relaypermit

#include "tool/rehearse/remedy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/load.h"
#include "config/test_case.h"
#include "policy/play.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

constexpr TimePoint now{std::chrono::seconds{1'795'291'200}};

Loaded loaded_of(const std::string& rules) {
    Loaded loaded = load_policy_text(
        "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n" + rules,
        "p", "host");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

Remedy remedy(const std::string& rules, const CaseFacts& message) {
    const Loaded loaded = loaded_of(rules);
    const Facts facts = case_facts(message, *loaded.policy, now);
    return remedy_for(*loaded.policy, facts, play(*loaded.policy, facts));
}

using Lines = std::vector<std::string>;

TEST(Remedy, NeverAdvisesToListARecipientThatNoListPermits) {
    const Remedy told = remedy(
        "[[restrict]]\nid = \"in\"\nlogins = [\"*@example.com\"]\nrecipients = [\"hosted\"]\n",
        {.login = "bob@example.com", .recipients = {"user%remote.org@example.com"}});
    EXPECT_EQ(told.advice,
              Lines({"the mail program must write a plain recipient: what mail servers may rewrite "
                     "(%, !, a quoted @) no `recipients` permit, see `in` at p:3:1"}));
}

TEST(Remedy, NamesEveryRestrictionAndEveryRecipientInTurn) {
    const Remedy told = remedy(
        "[[restrict]]\nid = \"in\"\nlogins = [\"*@example.com\"]\nrecipients = [\"hosted\"]\n"
        "[[restrict]]\nid = \"from\"\nlogins = [\"*@example.com\"]\nnetworks = [\"192.0.2.1\"]\n"
        "mechanisms = [\"SCRAM-SHA-256\"]\n",
        {.login = "bob@example.com", .recipients = {"a@remote.org", "b@remote.org"}});
    EXPECT_EQ(told.advice,
              Lines({"add \"198.51.100.1\" to `networks` of `from` at p:7:1",
                     "and then add \"PLAIN\" to `mechanisms` of `from` at p:7:1",
                     "and then add \"a@remote.org\" to `recipients` of `in` at p:3:1",
                     "and then add \"b@remote.org\" to `recipients` of `in` at p:3:1"}));
    EXPECT_EQ(told.still, std::nullopt);
}

TEST(Remedy, NamesOneLineForALoginWhoseDomainThePolicyForgot) {
    const Remedy told = remedy("", {.login = "carl@example.net"});
    EXPECT_EQ(told.advice, Lines({"add \"example.net\" to `hosted_domains` in [relay], if this "
                                  "server hosts it: one line for all of its logins"}));
    EXPECT_EQ(told.alias, "");
    const Remedy both =
        remedy("[login]\nrealms = [\"example.com\"]\n", {.login = "carl@example.net"});
    EXPECT_EQ(
        both.advice,
        Lines({"add \"example.net\" to `hosted_domains` in [relay] and add \"example.net\" to "
               "`realms` in [login], if this server hosts it: one line for all of its logins"}));
}

TEST(Remedy, NamesTheSpellingThatWasMeant) {
    const Remedy told = remedy("", {.login = "bob@example.com", .sender = "bob@exmaple.com"});
    ASSERT_FALSE(told.advice.empty());
    EXPECT_EQ(told.advice.front(),
              "the mail program must say bob@example.com: the domain is misspelt");
}

TEST(Remedy, NamesTheCulpritInFrom) {
    const Remedy told = remedy(
        "", {.login = "bob@example.com", .headers = Lines{"From: Acme, Inc. <bob@example.com>"}});
    ASSERT_FALSE(told.advice.empty());
    EXPECT_EQ(told.advice.front(), "put the name in quotes, or take the comma out of it");
}

TEST(Remedy, OffersNoRightToTheAuthorOfARedirectedMessage) {
    const CaseFacts redirected{
        .login = "bob@example.com",
        .headers = Lines{"From: author@elsewhere.example", "Resent-From: bob@example.com"}};
    const Remedy told = remedy("", redirected);
    ASSERT_EQ(told.advice.size(), 2U);
    EXPECT_EQ(told.advice[0],
              "the mail program must forward the message instead of redirecting it");
    EXPECT_EQ(told.advice[1],
              "or where a program redirects mail for many, a grant of `*` in From alone to its "
              "login (`senders = [\"*\"]`, `fields = [\"from\"]`)");
    EXPECT_EQ(told.alias, "");
    EXPECT_EQ(remedy("[[alias]]\nid = \"a\"\nlogins = [\"bob@example.com\"]\nsenders = [\"*\"]\n"
                     "fields = [\"from\"]\n",
                     redirected)
                  .advice,
              Lines());
}

TEST(Remedy, NamesTheKeyThatTakesTheReportsOfServers) {
    const CaseFacts report{.login = "bob@example.com",
                           .sender = "",
                           .headers = Lines{"From: Mailer <MAILER-DAEMON@branch.example.net>"}};
    const Remedy told = remedy("[from]\nbounces = \"refuse\"\n", report);
    EXPECT_EQ(told.advice, Lines({"`bounces = \"accept\"` in [from]: a server reports a refusal",
                                  "or a rule of its own, as below"}));
    EXPECT_EQ(remedy("", report).advice, Lines());
}

TEST(Remedy, SaysWhatIsRefusedOnceTlsIsUsed) {
    const Remedy told = remedy("", {.tls = false, .sender = "bob@example.com"});
    ASSERT_EQ(told.advice.size(), 4U);
    EXPECT_EQ(told.advice[0], "the mail program must use TLS (STARTTLS on 587, SSL/TLS on 465)");
    EXPECT_EQ(told.advice[2], "and then the mail program must log in");
}

TEST(Remedy, GrantsNoMoreFieldsThanAreNeeded) {
    const Remedy told = remedy("", {.login = "bob@example.com",
                                    .headers = std::vector<std::string>{
                                        "From: bob@example.com", "Sender: desk@example.com"}});
    EXPECT_NE(told.alias.find("fields  = [\"sender\"]\n"), std::string::npos) << told.alias;
    const Remedy from = remedy(
        "[[alias]]\nid = \"a\"\nlogins = [\"bob@example.com\"]\nsenders = [\"boss@example.com\"]\n"
        "fields = [\"envelope\"]\n",
        {.login = "bob@example.com",
         .headers = std::vector<std::string>{"From: boss@example.com"}});
    ASSERT_FALSE(from.advice.empty());
    EXPECT_EQ(from.advice[0], "add \"from\" to `fields` of `a` at p:3:1");
}

TEST(Remedy, MendsAGrantWithTwoFailedConditions) {
    const Remedy told = remedy(
        "[[alias]]\nid = \"a\"\nlogins = [\"bob@example.com\"]\nsenders = [\"desk@example.com\"]\n"
        "until = 2026-01-31\nnetworks = [\"192.0.2.1\"]\n",
        {.login = "bob@example.com", .sender = "desk@example.com"});
    ASSERT_FALSE(told.advice.empty());
    EXPECT_EQ(told.advice[0],
              "give `a` at p:3:1 a later `until`, and send from 192.0.2.1/32, or add "
              "\"198.51.100.1\" to `networks` of `a` at p:3:1");
}

// With the alias pasted below its policy the message is accepted.
TEST(Remedy, WritesAnAliasThatLoadsForWhateverName) {
    for (const auto& [login, sender] : std::vector<std::pair<std::string, std::string>>{
             {"group:x@example.com", "desk@example.com"},
             {"*@example.com", "desk@example.com"},
             {"bob@example.com", "a{b}@example.com"},
             {"bob@example.com", "*desk@example.com"},
             {"bob@example.com", "/x/@example.com"}}) {
        const CaseFacts message{.login = login, .sender = sender};
        const Remedy told = remedy("", message);
        ASSERT_NE(told.alias, "") << login << " " << sender;
        const Loaded with = loaded_of(told.alias);
        ASSERT_TRUE(with.policy) << told.alias;
        EXPECT_FALSE(play(*with.policy, case_facts(message, *with.policy, now)).refused())
            << told.alias;
        CaseFacts other = message;
        other.sender = "ab@example.com";
        EXPECT_TRUE(play(*with.policy, case_facts(other, *with.policy, now)).refused())
            << told.alias;
    }
}

TEST(Remedy, SaysWhatIsLeftWhereTheAliasAloneIsNotEnough) {
    const Remedy told = remedy("", {.login = "bob@example.com",
                                    .sender = "desk@example.com",
                                    .headers = std::vector<std::string>{"From: a@x, b@@y"}});
    EXPECT_EQ(
        told.advice,
        Lines({"a rule of its own, as below",
               "and then the mail program must write one From field that reads in one way only",
               "or a grant of `*` to this login, which waives it: for smart hosts and ticket "
               "systems"}));
    EXPECT_EQ(told.still, Cause::from_unusable);
}

TEST(Remedy, OffersTheEnvelopeSenderWhereThereIsNoFrom) {
    const Remedy told = remedy(
        "", {.login = "bob@example.com", .headers = std::vector<std::string>{"To: a@example.com"}});
    ASSERT_FALSE(told.advice.empty());
    EXPECT_EQ(told.advice.back(),
              "or `missing = \"envelope\"` in [from]: a message without From counts as from its "
              "envelope sender");
    const Remedy two = remedy(
        "", {.login = "bob@example.com", .headers = std::vector<std::string>{"From: a@x, b@@y"}});
    EXPECT_TRUE(two.advice.back().starts_with("or a grant of `*`")) << two.advice.back();
}

TEST(Remedy, GivesALoginItsRealmAndNotTheServersNameForOne) {
    const Remedy told = remedy("", {.login = "bob"});
    EXPECT_EQ(told.advice, Lines({"`default_realm = \"example.com\"` in [login]: then the login "
                                  "`bob` is bob@example.com"}));
    EXPECT_EQ(told.alias, "");
    const Remedy more = remedy(
        "[[restrict]]\nid = \"in\"\nlogins = [\"*@example.com\"]\nrecipients = [\"hosted\"]\n",
        {.login = "bob"});
    ASSERT_EQ(more.advice.size(), 2U);
    EXPECT_EQ(more.advice[0], told.advice[0]);
    EXPECT_EQ(more.advice[1],
              "and then add \"someone@remote.invalid\" to `recipients` of `in` at p:3:1");
}

// An alias that is offered loads, and lifts the refusal or, with `still`, leads to that one.
TEST(Remedy, OffersNoAliasThatDoesNotHelp) {
    RandomWorld world(11);
    int offered = 0;
    for (int p = 0; p < 60; ++p) {
        const PolicySource source = world.policy();
        const Policy policy(source);
        for (int s = 0; s < 5; ++s) {
            const Facts facts = world.facts(source);
            const Verdict verdict = play(policy, facts);
            const Remedy told = remedy_for(policy, facts, verdict);
            if (told.alias.empty() || told.still) continue;
            if (told.advice.size() > 0 && told.advice.front().find("must") != std::string::npos)
                continue;
            const bool alone = std::none_of(
                told.advice.begin(), told.advice.end(),
                [](const std::string& advice) { return advice.starts_with("and then "); });
            if (!alone) continue;
            ++offered;
            const Loaded alias = load_policy_text(
                "relay.hosted_domains = [\"example.com\"]\n" + told.alias, "p", "host");
            ASSERT_TRUE(alias.policy) << told.alias << to_string(alias.errors.front());
            PolicySource with = source;
            for (const Grant& grant : alias.policy->source().grants) with.grants.push_back(grant);
            ASSERT_FALSE(play(Policy(with), facts).refused())
                << told.alias << describe(source) << "\n"
                << describe(facts);
        }
    }
    EXPECT_GE(offered, 20);
}

}  // namespace
}  // namespace relaypermit

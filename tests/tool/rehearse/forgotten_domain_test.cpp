#include "tool/rehearse/forgotten_domain.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/test_case.h"
#include "policy/play.h"
#include "tool/rehearse/remedy.h"

namespace relaypermit {
namespace {

constexpr TimePoint now{std::chrono::seconds{1'795'291'200}};

using Lines = std::vector<std::string>;

Loaded loaded_of(const std::string& rules) {
    Loaded loaded = load_policy_text(
        "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\", "
        "\"shop.example.com\"]\n" +
            rules,
        "p", "host");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

Remedy remedy(const std::string& rules, const std::string& login, const std::string& sender,
              const std::string& from = {}) {
    const Loaded loaded = loaded_of(rules);
    CaseFacts message{.login = login, .sender = sender};
    if (!from.empty()) message.headers = Lines{"From: " + from};
    const Facts facts = case_facts(message, *loaded.policy, now);
    return remedy_for(*loaded.policy, facts, play(*loaded.policy, facts));
}

TEST(ForgottenDomain, IsOneLineAndNoRuleForEachUser) {
    const Remedy told = remedy("", "carl@new.example", "carl@new.example");
    EXPECT_EQ(told.advice, Lines({"add \"new.example\" to `hosted_domains` in [relay], if this "
                                  "server hosts it: one line for all of its logins"}));
    EXPECT_EQ(told.alias, "");
    EXPECT_EQ(told.still, std::nullopt);
}

TEST(ForgottenDomain, IsAlsoOneThatTheRealmsLack) {
    const std::string realms = "login.realms = [\"example.com\"]\n";
    EXPECT_EQ(remedy(realms, "carl@shop.example.com", "carl@shop.example.com").advice,
              Lines({"add \"shop.example.com\" to `realms` in [login]: one line for all of its "
                     "logins"}));
    EXPECT_EQ(remedy(realms, "carl@new.example", "carl@new.example").advice,
              Lines({"add \"new.example\" to `hosted_domains` in [relay] and add "
                     "\"new.example\" to `realms` in [login], if this server hosts it: one line "
                     "for all of its logins"}));
}

TEST(ForgottenDomain, IsNoMailProvidersAndNobodyElsesAddress) {
    EXPECT_NE(remedy("", "carl@gmail.com", "carl@gmail.com").alias, "");
    const Remedy other = remedy("", "carl@new.example", "bob@new.example");
    EXPECT_NE(other.alias.find("bob@new.example"), std::string::npos) << other.alias;
}

// The mail server appends its own name to logins.
TEST(ForgottenDomain, OfARealmThatIsAHostNameIsOneRuleForAll) {
    const Remedy told = remedy("", "alice@mail.example.com", "alice@example.com");
    EXPECT_EQ(told.advice.size(), 1U);
    EXPECT_TRUE(told.advice.at(0).starts_with("a rule for every login of mail.example.com"));
    EXPECT_NE(told.alias.find("\"*@mail.example.com\""), std::string::npos) << told.alias;
    EXPECT_NE(told.alias.find("\"{user}@example.com\""), std::string::npos) << told.alias;
    EXPECT_EQ(told.still, std::nullopt);
}

TEST(ForgottenDomain, OfAnotherNameOfTheLoginsDomainIsToldBesideTheRule) {
    const Remedy told = remedy("", "alice@example.com", "alice@alias.example");
    EXPECT_NE(told.alias.find("alice@alias.example"), std::string::npos) << told.alias;
    EXPECT_EQ(told.advice.back(),
              "or where the names at alias.example are those at example.com, one rule for all: "
              "`logins = [\"*@example.com\"]`, `senders = [\"{user}@alias.example\"]`");
}

TEST(ForgottenDomain, IsNothingThatAWebFormLacks) {
    const Remedy told = remedy("", "wp@example.com", "wp@example.com", "visitor@gmail.example");
    EXPECT_NE(told.advice.back().find("Reply-To"), std::string::npos);
}

}  // namespace
}  // namespace relaypermit

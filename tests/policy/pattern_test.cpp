#include "policy/pattern.h"

#include <gtest/gtest.h>

#include "tests/support/policy_builder.h"

namespace relaypermit::testing {
namespace {

Address address(std::string_view text) {
    return parse_address(text).value();
}
Login login(std::string_view text) {
    return canonical_login(text, Mta::postfix, {}).value();
}

bool sender_matches(std::string_view written, std::string_view text) {
    return pattern(written, PatternRole::sender).matches(address(text));
}

PatternFault fault(std::string_view text, PatternRole role) {
    const auto parsed = Pattern::parse(text, role);
    EXPECT_FALSE(parsed) << text;
    return parsed ? PatternFault{} : parsed.error();
}

TEST(Pattern, MatchesAnExactAddressWithoutRegardToCase) {
    EXPECT_TRUE(sender_matches("Bob@Example.COM", "bOB@example.com"));
    EXPECT_FALSE(sender_matches("bob@example.com", "bobby@example.com"));
    EXPECT_FALSE(sender_matches("bob@example.com", "bob@sub.example.com"));
}

TEST(Pattern, TakesAQuotedLocalPartForWhatItMeans) {
    EXPECT_TRUE(sender_matches("\"bob\"@example.com", "bob@example.com"));
    EXPECT_TRUE(sender_matches("\"a b\"@example.com", "\"A B\"@example.com"));
}

TEST(Pattern, MatchesADomainAndNothingBelowIt) {
    EXPECT_TRUE(sender_matches("*@example.com", "anyone@example.com"));
    EXPECT_FALSE(sender_matches("*@example.com", "anyone@sub.example.com"));
    EXPECT_FALSE(sender_matches("*@example.com", "anyone@notexample.com"));
}

TEST(Pattern, MatchesAnyDepthBelowADomainButNotTheDomain) {
    EXPECT_TRUE(sender_matches("*@*.example.com", "x@a.b.example.com"));
    EXPECT_FALSE(sender_matches("*@*.example.com", "x@example.com"));
    EXPECT_FALSE(sender_matches("*@*.example.com", "x@notexample.com"));
}

TEST(Pattern, MatchesAStarAtEitherEndOfALocalPart) {
    EXPECT_TRUE(sender_matches("bounce-*@example.com", "Bounce-17@example.com"));
    EXPECT_TRUE(sender_matches("bounce-*@example.com", "bounce-@example.com"));
    EXPECT_FALSE(sender_matches("bounce-*@example.com", "xbounce-17@example.com"));
    EXPECT_TRUE(sender_matches("*-bounces@example.com", "list-bounces@example.com"));
    EXPECT_FALSE(sender_matches("*-bounces@example.com", "list-bounces@example.org"));
}

TEST(Pattern, MatchesARegexAgainstTheWholeAddress) {
    EXPECT_TRUE(sender_matches("/(a|b)@example\\.com/", "B@example.com"));
    EXPECT_FALSE(sender_matches("/a@example\\.com/", "xa@example.com"));
    EXPECT_FALSE(sender_matches("/a@example\\.com/", "a@example.com.evil.example"));
}

TEST(Pattern, NeverFoldsALetterOutsideAsciiIntoARegex) {
    EXPECT_FALSE(sender_matches("/sales@example\\.com/",
                                "\xC5\xBF"
                                "ales@example.com"));
    EXPECT_FALSE(sender_matches("/k@example\\.com/", "\xE2\x84\xAA@example.com"));
}

TEST(Pattern, TakesAnIdnDomainInEitherForm) {
    EXPECT_TRUE(
        sender_matches("info@b\xC3\xBC"
                       "cher.example",
                       "info@xn--bcher-kva.example"));
    EXPECT_TRUE(sender_matches("*@xn--bcher-kva.example",
                               "info@B\xC3\x9C"
                               "CHER.example"));
    EXPECT_TRUE(sender_matches("/info@xn--bcher-kva\\.example/",
                               "info@b\xC3\xBC"
                               "cher.example"));
}

TEST(Pattern, MatchesTheNullSenderByItsOwnSignAndByAStar) {
    EXPECT_TRUE(pattern("<>", PatternRole::sender).matches_null());
    EXPECT_TRUE(pattern("*", PatternRole::sender).matches_null());
    EXPECT_FALSE(pattern("*@example.com", PatternRole::sender).matches_null());
    EXPECT_FALSE(pattern("<>", PatternRole::sender).matches(address("a@example.com")));
}

TEST(Pattern, GivesABareLoginTheDefaultRealm) {
    EXPECT_TRUE(pattern("alice", PatternRole::login).matches(login("ALICE@example.com")));
    EXPECT_FALSE(pattern("alice", PatternRole::login).matches(login("alice@example.org")));
    EXPECT_TRUE(pattern("alice", PatternRole::login, "").matches(login("alice")));
}

TEST(Pattern, FillsATemplateFromTheLogin) {
    const Pattern own = pattern("{user}@example.org", PatternRole::sender);
    EXPECT_TRUE(own.matches_filled(address("Bob@example.org"), login_captures(login("bob@corp"))));
    EXPECT_FALSE(own.matches_filled(address("eve@example.org"), login_captures(login("bob@corp"))));
    EXPECT_EQ(own.fill(login_captures(login("bob@corp"))), "bob@example.org");

    const Pattern whole = pattern("{login}", PatternRole::sender);
    EXPECT_TRUE(whole.matches_filled(address("a@x.example"), login_captures(login("a@x.example"))));
    const Pattern tagged = pattern("{user}-*@{domain}", PatternRole::sender);
    EXPECT_TRUE(
        tagged.matches_filled(address("a-list@x.example"), login_captures(login("a@x.example"))));
    const Pattern below = pattern("*@*.{domain}", PatternRole::sender);
    EXPECT_TRUE(
        below.matches_filled(address("q@w.x.example"), login_captures(login("a@x.example"))));
    EXPECT_FALSE(
        below.matches_filled(address("q@x.example"), login_captures(login("a@x.example"))));
}

TEST(Pattern, FillsNamedCapturesOfTheLoginsRegex) {
    const Pattern corp =
        pattern("/^(?P<user>[^@]+)\\.(?P<site>[a-z]+)@corp\\.example$/", PatternRole::login);
    const auto captures = corp.capture(login("Bob.paris@corp.example"));
    ASSERT_TRUE(captures);
    EXPECT_TRUE(pattern("{user}@{site}.example.com", PatternRole::sender)
                    .matches_filled(address("bob@paris.example.com"), *captures));
    EXPECT_FALSE(corp.capture(login("bob@corp.example")));
}

TEST(Pattern, KeepsACapturedValueWithinItsOwnPart) {
    const Pattern own = pattern("{user}@example.org", PatternRole::sender);
    const Captures star = {{"user", "*"}};
    EXPECT_FALSE(own.matches_filled(address("victim@example.org"), star));
    EXPECT_TRUE(own.matches_filled(address("*@example.org"), star));
    const Captures at = {{"user", "victim@example.com"}, {"domain", "x@y"}};
    EXPECT_FALSE(own.matches_filled(address("\"victim@example.com\"@example.org"), at));
    EXPECT_FALSE(pattern("a@{domain}", PatternRole::sender).matches_filled(address("a@y"), at));
    const Captures wild = {{"domain", "*.example"}};
    EXPECT_FALSE(
        pattern("a@{domain}", PatternRole::sender).matches_filled(address("a@b.example"), wild));
    const Captures nothing = {{"user", ""}};
    EXPECT_FALSE(pattern("{user}*@example.org", PatternRole::sender)
                     .matches_filled(address("victim@example.org"), nothing));
}

TEST(Pattern, NamesThePlaceAndTheReasonOfAMistake) {
    EXPECT_EQ(fault("<>", PatternRole::login).why, "`<>` is the null sender");
    EXPECT_EQ(fault("bob", PatternRole::sender).why, "an address needs a domain");
    EXPECT_EQ(fault("*a*@example.com", PatternRole::sender).why,
              "a star may stand at the start or at the end of a local part");
    EXPECT_EQ(fault("a@ex*.com", PatternRole::sender).offset, 4U);
    EXPECT_EQ(fault("/a", PatternRole::sender).why, "a regex without its closing `/`");
    const PatternFault regex = fault("/ab(c/", PatternRole::login);
    EXPECT_EQ(regex.why, "the regex does not compile: missing ): ab(c");
    EXPECT_EQ(fault("/ab[z-a]/", PatternRole::login).offset, 4U);
    EXPECT_EQ(fault("{user@example.com", PatternRole::sender).why, "`{` without a `}` after it");
    EXPECT_EQ(fault("{us er}@example.com", PatternRole::sender).why,
              "`{us er}` is not a placeholder");
    EXPECT_EQ(fault("", PatternRole::recipient).why, "an empty pattern");
}

}  // namespace
}  // namespace relaypermit::testing

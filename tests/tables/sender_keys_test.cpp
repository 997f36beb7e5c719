// The order of keys is that of mail_addr_find.c of Postfix 3.7, by which its smtpd asks
// smtpd_sender_login_maps.
#include "tables/sender_keys.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

using Texts = std::vector<std::string>;

AddressRules rules() {
    AddressRules rules;
    rules.default_realm = "example.com";
    rules.server_name = "mail.example.com";
    rules.subaddress_delimiter = "+";
    return rules;
}

Texts texts_of(const std::string& address, KeysFor what = KeysFor::rows,
               const AddressRules& by = rules()) {
    Texts texts;
    for (const SenderKey& key : sender_keys(parse_address(address).value(), by, what))
        texts.push_back(key.text);
    return texts;
}

TEST(SenderKeys, GoFromTheWholeAddressToItsDomain) {
    EXPECT_EQ(texts_of("bob+news@example.org"),
              (Texts{"bob+news@example.org", "bob@example.org", "@example.org"}));
    EXPECT_EQ(texts_of("bob@example.org"), (Texts{"bob@example.org", "@example.org"}));
}

TEST(SenderKeys, AreNeverThoseOfAnotherAddress) {
    for (const SenderKey& key :
         sender_keys(Address{"bob@example.org", "example.com"}, rules(), KeysFor::rows))
        EXPECT_NE(key.text, "bob@example.org");
    for (const SenderKey& key :
         sender_keys(Address{"@example.org", "example.com"}, rules(), KeysFor::rows))
        EXPECT_NE(key.text, "@example.org");
}

TEST(SenderKeys, TryTheBareNameInADomainOfTheServersOwn) {
    EXPECT_EQ(texts_of("bob+news@example.com"), (Texts{"bob+news@example.com", "bob@example.com",
                                                       "bob+news", "bob", "@example.com"}));
    EXPECT_EQ(texts_of("bob@mail.example.com"),
              (Texts{"bob@mail.example.com", "bob", "@mail.example.com"}));
    AddressRules none = rules();
    none.default_realm.clear();
    EXPECT_EQ(texts_of("bob@example.com", KeysFor::rows, none),
              (Texts{"bob@example.com", "@example.com"}));
}

TEST(SenderKeys, AreInLowerCase) {
    EXPECT_EQ(texts_of("Bob+News@Example.ORG"),
              (Texts{"bob+news@example.org", "bob@example.org", "@example.org"}));
}

TEST(SenderKeys, HaveTheBareNameWhereTheTableSaysSo) {
    AddressRules own = rules();
    own.local_domains = {"example.org"};
    EXPECT_EQ(texts_of("bob@example.org", KeysFor::rows, own),
              (Texts{"bob@example.org", "bob", "@example.org"}));
    EXPECT_EQ(texts_of("bob@example.com", KeysFor::rows, own),
              (Texts{"bob@example.com", "@example.com"}));
}

TEST(SenderKeys, SplitWhatPostfixSplits) {
    EXPECT_EQ(texts_of("mailer-daemon+x@example.org"),
              (Texts{"mailer-daemon+x@example.org", "mailer-daemon@example.org", "@example.org"}));
    AddressRules minus = rules();
    minus.subaddress_delimiter = "-";
    EXPECT_EQ(texts_of("owner-list@example.org", KeysFor::rows, minus),
              (Texts{"owner-list@example.org", "@example.org"}));
    minus.subaddress_delimiter.clear();
    EXPECT_EQ(texts_of("bob-x@example.org", KeysFor::rows, minus),
              (Texts{"bob-x@example.org", "@example.org"}));
}

TEST(SenderKeys, AreTheWholeAddressAloneForATableThatMatchesIt) {
    EXPECT_EQ(texts_of("bob+news@example.com", KeysFor::whole_addresses),
              Texts{"bob+news@example.com"});
}

TEST(SenderKeys, HaveALocalPartInQuotesAndThenWithout) {
    EXPECT_EQ(texts_of("\"a b+x\"@example.com"),
              (Texts{"\"a b+x\"@example.com", "a b+x@example.com", "\"a b\"@example.com",
                     "a b@example.com", "\"a b+x\"", "a b+x", "\"a b\"", "a b", "@example.com"}));
}

TEST(SenderKeys, SayWhatIsBeforeAndBehindTheLastAt) {
    const auto keys =
        sender_keys(parse_address("bob+x@example.com").value(), rules(), KeysFor::rows);
    ASSERT_EQ(keys.size(), 5U);
    EXPECT_EQ(keys[0], (SenderKey{"bob+x@example.com", "bob+x", "example.com"}));
    EXPECT_EQ(keys[3], (SenderKey{"bob", "bob", ""}));
    EXPECT_EQ(keys[4], (SenderKey{"@example.com", "", "example.com"}));
}

TEST(SenderKeys, AreNoneOfWhatIsNoWholeAddress) {
    EXPECT_TRUE(sender_keys({}, rules(), KeysFor::rows).empty());
    EXPECT_TRUE(sender_keys({"bob", ""}, rules(), KeysFor::rows).empty());
}

}  // namespace
}  // namespace relaypermit::testing

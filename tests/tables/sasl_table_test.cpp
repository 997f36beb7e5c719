#include "tables/sasl_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/support/sasl_directory.h"

namespace relaypermit::testing {
namespace {

using Senders = std::vector<std::string>;

TEST(SaslTable, ReadsBackWhatItStored) {
    SaslDirectory& sasl = SaslDirectory::instance();
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table) << table.error();
    const Login bob{"bob", "example.com"};
    ASSERT_TRUE((*table)->store(bob, {"orders@example.com", "*@shop.example.com"}));
    const TableResult result = (*table)->look_up(key_of(bob));
    EXPECT_TRUE(result.known) << result.why;
    EXPECT_EQ(result.values, (Senders{"*@shop.example.com", "orders@example.com"}));

    ASSERT_TRUE((*table)->store(bob, {}));
    EXPECT_EQ((*table)->look_up(key_of(bob)).values, Senders{});
}

TEST(SaslTable, TellsWhetherSaslKnowsTheLogin) {
    SaslDirectory& sasl = SaslDirectory::instance();
    sasl.set_password("carol", "example.com", "secret");
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table);
    EXPECT_EQ((*table)->look_up(key_of({"carol", "example.com"})).login_exists, true);
    const TableResult nobody = (*table)->look_up(key_of({"nobody", "example.com"}));
    EXPECT_TRUE(nobody.known);
    EXPECT_EQ(nobody.login_exists, false);
    EXPECT_EQ(nobody.values, Senders{});
}

TEST(SaslTable, DoesNotKnowWhereTheDatabaseIsMissing) {
    SaslDirectory& sasl = SaslDirectory::instance();
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table);
    sasl.set_password("dave", "example.com", "secret");
    sasl.hide_database();
    const TableResult result = (*table)->look_up(key_of({"dave", "example.com"}));
    sasl.restore_database();
    EXPECT_FALSE(result.known);
    EXPECT_EQ(result.why, "`" + sasl.database() + "` is missing");
    EXPECT_EQ((*table)->look_up(key_of({"dave", "example.com"})).login_exists, true);
}

TEST(SaslTable, NeverReadsTheRightsOfAnotherAccount) {
    SaslDirectory& sasl = SaslDirectory::instance();
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table);
    const Login alice{"alice", "example.com"};
    sasl.set_password("alice", "example.com", "secret");
    // An account of that very name, as SASL splits it.
    sasl.set_password("alice", "example.com@example.org", "secret");
    ASSERT_TRUE((*table)->store(alice, {"orders@example.com"}));
    ASSERT_EQ((*table)->look_up(key_of(alice)).values, Senders{"orders@example.com"});

    for (const Login& login : {
             Login{"alice@example.com", "example.org"},
             Login{"alice@example.com", "example.com"},
             Login{"alice@", "example.com"},
             Login{"alice@example.com", ""},
             Login{"alice", ""},
             Login{"alice ", "example.com"},
             Login{" alice", "example.com"},
             Login{"alice", "example.com "},
             Login{"alice\t", "example.com"},
             Login{"alice\n", "example.com"},
             Login{std::string("alice\0", 6), "example.com"},
             Login{"alice", std::string("example.com\0.example.org", 24)},
             Login{"", "example.com"},
             Login{"", ""},
             Login{std::string(2000, 'a'), "example.com"},
             Login{"alice", std::string(2000, 'a')},
         }) {
        const TableResult result = (*table)->look_up(key_of(login));
        EXPECT_TRUE(result.known) << to_string(login);
        EXPECT_EQ(result.login_exists, false) << to_string(login);
        EXPECT_EQ(result.values, Senders{}) << to_string(login);
        EXPECT_NE(result.why, "SASL does not know the login") << to_string(login);
        EXPECT_FALSE((*table)->store(login, {"x@example.com"})) << to_string(login);
    }
    // SASL's names are exact; these are merely others.
    for (const Login& login :
         {Login{"ALICE", "example.com"}, Login{"alic\xC3\xA9", "example.com"},
          Login{"alice\xA0", "example.com"}, Login{std::string(1000, 'a'), "example.com"}}) {
        const TableResult result = (*table)->look_up(key_of(login));
        EXPECT_TRUE(result.known) << to_string(login) << ": " << result.why;
        EXPECT_EQ(result.login_exists, false) << to_string(login);
        EXPECT_EQ(result.values, Senders{}) << to_string(login);
    }
    EXPECT_EQ((*table)->look_up(key_of(alice)).values, Senders{"orders@example.com"});
}

TEST(SaslTable, ReadsALoginOutsideAscii) {
    SaslDirectory& sasl = SaslDirectory::instance();
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table);
    const Login rene{"ren\xC3\xA9", "example.com"};
    sasl.set_password(rene.user, rene.realm, "secret");
    ASSERT_TRUE((*table)->store(rene, {"orders@example.com"}));
    EXPECT_EQ((*table)->look_up(key_of(rene)).values, Senders{"orders@example.com"});
}

TEST(SaslTable, StoresNoMoreThanCanBeReadBack) {
    const auto table = SaslTable::open(SaslDirectory::instance().path(), "sendAs");
    ASSERT_TRUE(table);
    const Login bob{"bob", "example.com"};
    Senders senders;
    for (int n = 100; n < 427; ++n)
        senders.push_back("sender" + std::to_string(n) + "@x.example.com");
    ASSERT_TRUE((*table)->store(bob, senders));
    EXPECT_EQ((*table)->look_up(key_of(bob)).values, senders);
    for (int n = 427; n < 800; ++n)
        senders.push_back("sender" + std::to_string(n) + "@x.example.com");
    const auto stored = (*table)->store(bob, senders);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error(), "these are 16799 bytes, and SASL reads back no more than 8191");
    EXPECT_EQ((*table)->look_up(key_of(bob)).values.size(), 327U);
    ASSERT_TRUE((*table)->store(bob, {}));
}

TEST(SaslTable, SaysWhatIsWrongWithItsDirectory) {
    (void)SaslTable::open(SaslDirectory::instance().path(), "sendAs");
    const auto other = SaslTable::open("/nonexistent", "sendAs");
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().find("one process has one SASL configuration"), std::string::npos);
}

}  // namespace
}  // namespace relaypermit::testing

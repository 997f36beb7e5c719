#include "tables/sasl_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/sasl_directory.h"

namespace relaypermit::testing {
namespace {

using Senders = std::vector<std::string>;

TEST(SaslTable, ReadsBackWhatItStored) {
    SaslDirectory& sasl = SaslDirectory::instance();
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table) << table.error();
    const Login bob{"bob", "example.com"};
    ASSERT_TRUE((*table)->store(bob, {"orders@example.com", "*@shop.example.com"}));
    const TableResult result = (*table)->look_up(bob);
    EXPECT_TRUE(result.known) << result.why;
    EXPECT_EQ(result.senders, (Senders{"*@shop.example.com", "orders@example.com"}));

    ASSERT_TRUE((*table)->store(bob, {}));
    EXPECT_EQ((*table)->look_up(bob).senders, Senders{});
}

TEST(SaslTable, TellsWhetherSaslKnowsTheLogin) {
    SaslDirectory& sasl = SaslDirectory::instance();
    sasl.set_password("carol", "example.com", "secret");
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table);
    EXPECT_EQ((*table)->look_up({"carol", "example.com"}).login_exists, true);
    const TableResult nobody = (*table)->look_up({"nobody", "example.com"});
    EXPECT_TRUE(nobody.known);
    EXPECT_EQ(nobody.login_exists, false);
    EXPECT_EQ(nobody.senders, Senders{});
}

TEST(SaslTable, DoesNotKnowWhereTheDatabaseIsMissing) {
    SaslDirectory& sasl = SaslDirectory::instance();
    const auto table = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(table);
    sasl.set_password("dave", "example.com", "secret");
    sasl.hide_database();
    const TableResult result = (*table)->look_up({"dave", "example.com"});
    sasl.restore_database();
    EXPECT_FALSE(result.known);
    EXPECT_EQ(result.why, "`" + sasl.database() + "` is missing");
    EXPECT_EQ((*table)->look_up({"dave", "example.com"}).login_exists, true);
}

TEST(SaslTable, SaysWhatIsWrongWithItsDirectory) {
    (void)SaslTable::open(SaslDirectory::instance().path(), "sendAs");
    const auto other = SaslTable::open("/nonexistent", "sendAs");
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().find("one process has one SASL configuration"), std::string::npos);
}

}  // namespace
}  // namespace relaypermit::testing

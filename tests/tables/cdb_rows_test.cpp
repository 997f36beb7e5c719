#include "tables/cdb_rows.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/postmap.h"

namespace relaypermit::testing {
namespace {

std::string value(const RowFile& rows, std::string_view key) {
    const auto found = rows.find(key);
    if (!found) return "error: " + found.error();
    return found->value_or("(none)");
}

std::string cdb_text(int rows) {
    CdbText made;
    for (int n = 0; n < rows; ++n)
        made.add("user" + std::to_string(n) + "@example.com", "alias" + std::to_string(n));
    return *std::move(made).take();
}

TEST(CdbRows, FindsWhatPostmapWrote) {
    const ScratchDirectory folder;
    folder.write("senders", "bob@example.com bob, alice\n\"two words\"@example.com carol\n");
    const auto rows = open_cdb_rows(postmap(folder, "cdb", "senders"));
    ASSERT_TRUE(rows) << rows.error();
    EXPECT_EQ(value(**rows, "bob@example.com"), "bob, alice");
    EXPECT_EQ(value(**rows, "\"two words\"@example.com"), "carol");
    EXPECT_EQ(value(**rows, "bob@example.co"), "(none)");
}

TEST(CdbRows, WritesWhatPostfixFinds) {
    const ScratchDirectory folder;
    folder.write("senders.cdb", cdb_text(1000));
    const auto rows = open_cdb_rows(folder.file("senders.cdb"));
    ASSERT_TRUE(rows) << rows.error();
    for (int n = 0; n < 1000; ++n)
        ASSERT_EQ(value(**rows, "user" + std::to_string(n) + "@example.com"),
                  "alias" + std::to_string(n));
    for (const int n : {0, 1, 499, 999})
        EXPECT_EQ(
            postmap_answer(folder, "cdb", "senders", "user" + std::to_string(n) + "@example.com"),
            "alias" + std::to_string(n));
    EXPECT_EQ(postmap_answer(folder, "cdb", "senders", "user1000@example.com"), "");
}

TEST(CdbRows, TakesKeysThatEndInNul) {
    const ScratchDirectory folder;
    CdbText made;
    made.add(std::string_view("bob@example.com\0", 16), std::string_view("alice\0", 6));
    folder.write("senders.cdb", *std::move(made).take());
    const auto rows = open_cdb_rows(folder.file("senders.cdb"));
    ASSERT_TRUE(rows) << rows.error();
    EXPECT_EQ(value(**rows, "bob@example.com"), "alice");
}

TEST(CdbRows, FindsTheFirstOfTwo) {
    const ScratchDirectory folder;
    CdbText made;
    made.add("bob", "first");
    made.add("bob", "second");
    folder.write("senders.cdb", *std::move(made).take());
    EXPECT_EQ(value(**open_cdb_rows(folder.file("senders.cdb")), "bob"), "first");
}

TEST(CdbRows, OpensOnlyWhatIsWhole) {
    const ScratchDirectory folder;
    folder.write("empty.cdb", cdb_text(0));
    ASSERT_TRUE(open_cdb_rows(folder.file("empty.cdb")));
    EXPECT_EQ(value(**open_cdb_rows(folder.file("empty.cdb")), "bob"), "(none)");

    const std::string whole = cdb_text(20);
    folder.write("senders", "bob@example.com bob\n");
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
        folder.write("part.cdb", whole.substr(0, bytes));
        EXPECT_FALSE(open_cdb_rows(folder.file("part.cdb"))) << bytes;
    }
    folder.write("more.cdb", whole + "x");
    EXPECT_FALSE(open_cdb_rows(folder.file("more.cdb")));
    folder.write("text.cdb", std::string(5000, 'x'));
    EXPECT_EQ(open_cdb_rows(folder.file("text.cdb")).error(),
              "`" + folder.file("text.cdb") + "` is no cdb file, or not all of one");
}

TEST(CdbRows, SurvivesAnyDamage) {
    const ScratchDirectory folder;
    const std::string whole = cdb_text(20);
    for (std::size_t at = 0; at < whole.size(); at += 13)
        for (const char byte : {'\0', '\x7F', '\xFF'}) {
            std::string damaged = whole;
            damaged[at] = byte;
            folder.write("damaged.cdb", damaged);
            const auto rows = open_cdb_rows(folder.file("damaged.cdb"));
            if (!rows) continue;
            for (int n = 0; n < 20; ++n)
                (void)(*rows)->find("user" + std::to_string(n) + "@example.com");
        }
}

// A mapping would kill the process here.
TEST(CdbRows, SurvivesATruncationUnderIt) {
    const ScratchDirectory folder;
    folder.write("senders.cdb", cdb_text(1000));
    const std::string path = folder.file("senders.cdb");
    const auto rows = open_cdb_rows(path);
    ASSERT_TRUE(rows);
    for (const unsigned bytes : {20'000U, 4096U, 2048U, 100U, 0U}) {
        std::filesystem::resize_file(path, bytes);
        EXPECT_EQ(value(**rows, "user7@example.com"), "error: `" + path + "` has been written to");
    }
}

TEST(CdbRows, FindsNothingByHostileKeys) {
    const ScratchDirectory folder;
    folder.write("senders.cdb", cdb_text(100));
    const auto rows = open_cdb_rows(folder.file("senders.cdb"));
    for (const std::string& key :
         {std::string("user7@example.com%00"), std::string("'user7@example.com'"),
          std::string("\\"), std::string("*"), std::string(10'000, 'a'), std::string(300, '\xFF')})
        EXPECT_EQ(value(**rows, key), "(none)") << key;
}

}  // namespace
}  // namespace relaypermit::testing

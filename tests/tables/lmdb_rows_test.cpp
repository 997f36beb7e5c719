#include "tables/lmdb_rows.h"

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

std::string user(int n) {
    return "user" + std::to_string(n) + "@example.com";
}

std::string made_of(const ScratchDirectory& folder, int rows) {
    std::string text;
    for (int n = 0; n < rows; ++n) text += user(n) + " alias" + std::to_string(n) + "\n";
    folder.write("senders", text);
    return postmap(folder, "lmdb", "senders");
}

TEST(LmdbRows, FindsEveryRowThatPostmapWrote) {
    const ScratchDirectory folder;
    const auto rows = open_lmdb_rows(made_of(folder, 20'000));
    ASSERT_TRUE(rows) << rows.error();
    for (int n = 0; n < 20'000; ++n) ASSERT_EQ(value(**rows, user(n)), "alias" + std::to_string(n));
    for (const std::string& key : {user(20'000), std::string("a"), std::string("zzz"),
                                   std::string("user7@example.co"), std::string("\xFF")})
        EXPECT_EQ(value(**rows, key), "(none)") << key;
}

TEST(LmdbRows, FindsALongValue) {
    const ScratchDirectory folder;
    std::string senders;
    for (int n = 0; n < 1000; ++n) senders += (n > 0 ? ", " : "") + user(n);
    folder.write("senders", "bob@example.com " + senders + "\ncarol@example.com carol\n");
    const auto rows = open_lmdb_rows(postmap(folder, "lmdb", "senders"));
    ASSERT_TRUE(rows) << rows.error();
    EXPECT_EQ(value(**rows, "bob@example.com"), senders);
    EXPECT_EQ(value(**rows, "carol@example.com"), "carol");
}

TEST(LmdbRows, FindsNothingInAnEmptyOne) {
    const ScratchDirectory folder;
    const auto rows = open_lmdb_rows(made_of(folder, 0));
    ASSERT_TRUE(rows) << rows.error();
    EXPECT_EQ(value(**rows, user(0)), "(none)");
}

// postmap writes into the same file.
TEST(LmdbRows, SeesWhatPostmapWritesLater) {
    const ScratchDirectory folder;
    const auto rows = open_lmdb_rows(made_of(folder, 10));
    ASSERT_TRUE(rows);
    EXPECT_EQ(value(**rows, user(12)), "(none)");
    (void)made_of(folder, 5000);
    EXPECT_EQ(value(**rows, user(12)), "alias12");
    (void)made_of(folder, 3);
    EXPECT_EQ(value(**rows, user(12)), "(none)");
    EXPECT_EQ(value(**rows, user(2)), "alias2");
}

TEST(LmdbRows, RefusesOtherFiles) {
    const ScratchDirectory folder;
    for (const std::string& text :
         {std::string(), std::string("x"), std::string(20'000, 'x'), std::string(20'000, '\0')}) {
        folder.write("other.lmdb", text);
        EXPECT_EQ(open_lmdb_rows(folder.file("other.lmdb")).error(),
                  "`" + folder.file("other.lmdb") + "` is no LMDB file of this machine");
    }
}

TEST(LmdbRows, SurvivesATruncationUnderIt) {
    const ScratchDirectory folder;
    const std::string path = made_of(folder, 5000);
    const auto rows = open_lmdb_rows(path);
    ASSERT_TRUE(rows);
    for (const unsigned bytes : {100'000U, 20'000U, 8192U, 5000U, 4096U, 100U, 0U}) {
        std::filesystem::resize_file(path, bytes);
        int known = 0;
        for (int n = 0; n < 5000; n += 13) {
            const auto found = (*rows)->find(user(n));
            if (!found) continue;
            EXPECT_EQ(*found, "alias" + std::to_string(n));
            ++known;
        }
        if (bytes <= 20'000U) EXPECT_EQ(known, 0) << bytes;
    }
}

TEST(LmdbRows, SurvivesAnyDamage) {
    const ScratchDirectory folder;
    (void)made_of(folder, 300);
    const std::string whole = folder.read("senders.lmdb");
    for (std::size_t at = 0; at < whole.size(); at += 251)
        for (const char byte : {'\0', '\x7F', '\xFF'}) {
            std::string damaged = whole;
            damaged[at] = byte;
            folder.write("damaged.lmdb", damaged);
            const auto rows = open_lmdb_rows(folder.file("damaged.lmdb"));
            if (!rows) continue;
            for (int n = 0; n < 300; n += 29) (void)(*rows)->find(user(n));
        }
}

}  // namespace
}  // namespace relaypermit::testing

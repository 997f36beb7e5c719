#include "tables/file_table.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tables/cdb_rows.h"
#include "tables/lmdb_rows.h"
#include "tables/table_lookups.h"
#include "tables/text_rows.h"
#include "tests/support/postmap.h"

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;
using Values = std::vector<std::string>;

TableKey by_sender(std::string sender) {
    return {{}, std::move(sender), {}, {}};
}

// A table in a scratch directory, on clocks that stand still.
struct Bench {
    explicit Bench(std::string_view text, FileTable::Format format = open_text_rows,
                   std::chrono::seconds settle = 1s)
        : path(folder.write("senders", text)), format_(format), settle_(settle) {
        open();
    }
    void open() {
        auto opened =
            FileTable::open(path, format_, settle_,
                            {[this] { return std::chrono::steady_clock::time_point(now); },
                             [this] { return wall; }});
        ASSERT_TRUE(opened) << opened.error();
        table = std::move(*opened);
    }
    TableResult ask(const std::string& user) {
        return table->look_up(key_of({user, "example.com"}));
    }
    // Replaces the file as editors do.
    void replace(std::string_view text) {
        folder.write("draft", text);
        std::filesystem::rename(folder.file("draft"), path);
    }
    // What was written so far has been left alone for as long.
    void pass(std::chrono::seconds time) {
        now += time;
        wall += time;
    }

    ScratchDirectory folder{};
    const std::string path;
    const FileTable::Format format_;
    const std::chrono::seconds settle_;
    std::chrono::seconds now{1000};
    std::chrono::system_clock::time_point wall = std::chrono::system_clock::now();
    std::unique_ptr<FileTable> table{};
};

TEST(FileTable, AnswersByLoginAndBySender) {
    Bench bench("bob@example.com orders@example.com, x@example.com\ninfo@example.com bob, carol\n");
    const TableResult bob = bench.ask("BOB");
    EXPECT_TRUE(bob.known);
    EXPECT_EQ(bob.login_exists, true);
    EXPECT_EQ(bob.values, Values{"orders@example.com, x@example.com"});
    EXPECT_EQ(bob.why, "`" + bench.path + "` has `bob@example.com`");
    const TableResult none = bench.ask("nobody");
    EXPECT_TRUE(none.known);
    EXPECT_EQ(none.login_exists, std::nullopt);
    EXPECT_EQ(none.values, Values{});
    EXPECT_EQ(none.why, "`" + bench.path + "` has no `nobody@example.com`");
    const TableResult info = bench.table->look_up(by_sender("Info@example.com"));
    EXPECT_EQ(info.values, Values{"bob, carol"});
    EXPECT_EQ(info.login_exists, std::nullopt);
}

TEST(FileTable, FindsNothingByHostileKeys) {
    Bench bench("bob@example.com a\n\" b a\n");
    for (const std::string& key :
         {std::string("bob@example.com\0", 16), std::string("\0bob@example.com", 16),
          std::string("bob@example.com%00"), std::string("bob@example.com "),
          std::string("'bob@example.com'"), std::string("\\"), std::string("*"),
          std::string(10'000, 'a'), std::string("a\nbob@example.com")}) {
        const TableResult result = bench.table->look_up(by_sender(key));
        EXPECT_TRUE(result.known) << key;
        EXPECT_EQ(result.values, Values{}) << key;
    }
    EXPECT_EQ(bench.table->look_up(key_of({"", ""})).values, Values{});
}

TEST(FileTable, FollowsAReplacementWithinASecond) {
    Bench bench("bob@example.com a\n");
    bench.replace("bob@example.com b\n");
    EXPECT_EQ(bench.ask("bob").values, Values{"a"});
    bench.pass(2s);
    EXPECT_EQ(bench.ask("bob").values, Values{"b"});
    EXPECT_EQ(bench.ask("bob").remarks, Values{});
}

TEST(FileTable, TakesATextOnlyWhenItHasBeenLeftAlone) {
    Bench bench("bob@example.com a\n");
    bench.folder.write("senders", "bob@exa");
    bench.now += 1s;
    EXPECT_EQ(bench.ask("bob").values, Values{"a"});
    bench.folder.write("senders", "bob@example.com b\ncarol@exa");
    bench.now += 1s;
    EXPECT_EQ(bench.ask("bob").values, Values{"a"});
    bench.folder.write("senders", "bob@example.com b\ncarol@example.com c\n");
    bench.now += 1s;
    EXPECT_EQ(bench.ask("bob").values, Values{"a"});
    bench.now += 1s;  // by our clock, whatever that of the file says
    EXPECT_EQ(bench.ask("bob").values, Values{"b"});
    EXPECT_EQ(bench.ask("carol").values, Values{"c"});
}

TEST(FileTable, LooksAtOnceWhereItIsToldToReload) {
    Bench bench("bob@example.com a\n");
    bench.replace("bob@example.com b\n");
    EXPECT_EQ(bench.table->outdated(), "");
    EXPECT_EQ(bench.ask("bob").values, Values{"b"});
}

TEST(FileTable, KeepsWhatItHasWhereTheFileIsGoneAndSaysSoOnce) {
    Bench bench("bob@example.com a\n");
    std::filesystem::remove(bench.path);
    bench.pass(2s);
    const TableResult first = bench.ask("bob");
    EXPECT_EQ(first.values, Values{"a"});
    const std::string says = "`" + bench.path +
                             "` is missing: the version before stays in force, where it can still "
                             "be read";
    EXPECT_EQ(first.remarks, Values{says});
    EXPECT_EQ(bench.table->fault(), says);
    bench.pass(2s);
    EXPECT_EQ(bench.ask("bob").remarks, Values{});
    EXPECT_EQ(bench.table->outdated(), says);
    EXPECT_EQ(bench.ask("bob").remarks, Values{});
    bench.folder.write("senders", "bob@example.com b\n");
    bench.pass(2s);
    EXPECT_EQ(bench.table->fault(), says) << "it has not looked since";
    EXPECT_EQ(bench.ask("bob").values, Values{"b"});
    EXPECT_EQ(bench.table->fault(), "");
    EXPECT_EQ(bench.table->outdated(), "");
}

TEST(FileTable, TakesAllRightsAwayWhereTheFileIsEmptied) {
    Bench bench("bob@example.com a\n");
    bench.folder.write("senders", "");
    bench.pass(2s);
    EXPECT_TRUE(bench.ask("bob").known);
    EXPECT_EQ(bench.ask("bob").values, Values{});
}

TEST(FileTable, SaysWhichLinesItIgnores) {
    Bench bench("bob@example.com a\ncarol@example.com\n");
    const std::string says =
        "`" + bench.path + "`: 1 line is ignored, line 2: it has a key and no value";
    EXPECT_EQ(bench.ask("bob").remarks, Values{says});
    EXPECT_EQ(bench.ask("bob").remarks, Values{});
    bench.replace("bob@example.com a\nbob@example.com b\nx\n");
    bench.pass(2s);
    EXPECT_EQ(bench.ask("bob").remarks,
              Values{"`" + bench.path +
                     "`: 2 lines are ignored, the first is line 2: `bob@example.com` has a row "
                     "already"});
}

TEST(FileTable, HasTheLogSayWhatItIgnores) {
    Bench bench("bob@example.com a@example.com\ncarol@example.com\n");
    std::vector<std::string> said;
    TableSettings settings;
    settings.id = "senders";
    settings.timeout_ms = 600'000;
    const std::string path = bench.path;
    TableLookups lookups(
        {{settings, std::move(bench.table)}}, [] { return std::chrono::steady_clock::now(); },
        [&](const std::string& line) { said.push_back(line); });
    EXPECT_TRUE(lookups.ask("senders", {"bob", "example.com"}).known);
    EXPECT_TRUE(lookups.ask("senders", {"carol", "example.com"}).known);
    EXPECT_EQ(said, Values{"alias table senders: `" + path +
                           "`: 1 line is ignored, line 2: it has a key and no value"});
}

std::string cdb_of(std::string_view value) {
    CdbText made;
    made.add("bob@example.com", value);
    return *std::move(made).take();
}

TEST(FileTable, TakesACdbAtOnceAndOnlyWhole) {
    Bench bench(cdb_of("a"), open_cdb_rows, 0s);
    bench.replace(cdb_of("b"));
    bench.now += 1s;
    EXPECT_EQ(bench.ask("bob").values, Values{"b"});
    // Another file in its place: the old one is still open.
    bench.replace("bob@example.com c\n");
    bench.now += 1s;
    EXPECT_EQ(bench.ask("bob").values, Values{"b"});
    EXPECT_NE(bench.table->outdated().find("is no cdb file, or not all of one"), std::string::npos);
    // Half of one, in the same file.
    bench.replace(cdb_of("d"));
    bench.now += 1s;
    EXPECT_EQ(bench.ask("bob").values, Values{"d"});
    bench.folder.write("senders", cdb_of("eeee").substr(0, 2060));
    const TableResult half = bench.ask("bob");
    EXPECT_FALSE(half.known);
    EXPECT_EQ(half.values, Values{});
    // And the whole: known at once.
    bench.folder.write("senders", cdb_of("eeee"));
    EXPECT_EQ(bench.ask("bob").values, Values{"eeee"});
}

TEST(FileTable, SaysThatATableThatPostmapMadeIsNoText) {
    const ScratchDirectory folder;
    folder.write("senders", "bob@example.com a\n");
    for (const std::string type : {"cdb", "lmdb"}) {
        const std::string path = postmap(folder, type, "senders");
        const auto rows = open_text_rows(path);
        ASSERT_FALSE(rows) << type;
        EXPECT_TRUE(rows.error().starts_with(
            "`" + path + "` is no text: it looks like a table of another type, `cdb` or `lmdb`"))
            << rows.error();
    }
}

TEST(FileTable, FollowsPostmap) {
    const ScratchDirectory folder;
    for (const std::string type : {"cdb", "lmdb"}) {
        folder.write("senders", "bob@example.com a, b\n");
        const std::string path = postmap(folder, type, "senders");
        std::chrono::seconds now{1000};
        const auto table =
            FileTable::open(path, type == "cdb" ? open_cdb_rows : open_lmdb_rows, 0s,
                            {[&] { return std::chrono::steady_clock::time_point(now); },
                             [] { return std::chrono::system_clock::now(); }});
        ASSERT_TRUE(table) << table.error();
        EXPECT_EQ((*table)->look_up(by_sender("bob@example.com")).values, Values{"a, b"}) << type;
        folder.write("senders", "bob@example.com c\n");
        (void)postmap(folder, type, "senders");
        now += 1s;
        EXPECT_EQ((*table)->look_up(by_sender("bob@example.com")).values, Values{"c"}) << type;
        std::filesystem::resize_file(path, 0);
        now += 1s;
        EXPECT_FALSE((*table)->look_up(by_sender("bob@example.com")).known) << type;
        EXPECT_NE((*table)->outdated(), "") << type;
    }
}

}  // namespace
}  // namespace relaypermit::testing

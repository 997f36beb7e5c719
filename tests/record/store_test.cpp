#include "record/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "policy/reference.h"
#include "policy/reply.h"
#include "record/store_file.h"
#include "record/store_reader.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

std::unique_ptr<StoreFile> begin(const std::string& path, int second = 0, bool again = false) {
    auto file = StoreFile::open(path, 0, sample_time(second), again);
    EXPECT_TRUE(file) << (file ? "" : file.error().why);
    return file ? std::move(*file) : nullptr;
}

std::vector<StoredRecord> all(const std::string& path, const StoreQuery& query = {}) {
    std::vector<StoredRecord> found;
    auto reader = StoreReader::open(path);
    EXPECT_TRUE(reader) << (reader ? "" : reader.error().why);
    if (reader) {
        const auto done = reader->each(query, [&](StoredRecord&& stored) {
            found.push_back(std::move(stored));
            return true;
        });
        EXPECT_TRUE(done) << (done ? "" : done.error().why);
    }
    return found;
}

TEST(Store, GivesBackWhatWasPutIn) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    ASSERT_TRUE(
        file->write({{sample_record(1), sample_time(5)}, {sample_accept(2), sample_time(6)}}, {}));
    Record bare;
    bare.verdict = Outcome::mta_reject;
    bare.cause = Cause::lookup_failed;
    bare.mta = Mta::sendmail;
    bare.from = {""};
    ASSERT_TRUE(file->write({{bare, sample_time(7)}}, {}));
    const auto rows = all(path);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0], (StoredRecord{.id = 1,
                                     .time = sample_time(5),
                                     .last = sample_time(5),
                                     .count = 1,
                                     .record = sample_record(1)}));
    EXPECT_EQ(rows[1].record, sample_accept(2));
    EXPECT_EQ(rows[2].record, bare);
}

TEST(Store, KeepsTheOrderOfABatchHoweverAcceptancesAndRefusalsMix) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    std::vector<Offered> batch;
    unsigned number = 0;
    // So many acceptances before each refusal: rows are written alone and several at a time.
    for (const unsigned acceptances : {0U, 1U, 15U, 16U, 17U, 33U, 5U}) {
        for (unsigned i = 0; i < acceptances; ++i) {
            batch.push_back({sample_accept(++number), sample_time(static_cast<int>(number))});
            batch.back().record.rules.assign(i % 3, "rule");
        }
        Record refusal = sample_record(++number);
        refusal.helo = std::to_string(number);  // another one each: a row of its own
        batch.push_back({std::move(refusal), sample_time(static_cast<int>(number))});
    }
    ASSERT_TRUE(file->write(batch, {}));
    const auto rows = all(path);
    ASSERT_EQ(rows.size(), batch.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i], (StoredRecord{.id = static_cast<std::int64_t>(i) + 1,
                                         .time = batch[i].time,
                                         .last = batch[i].time,
                                         .count = 1,
                                         .record = batch[i].record}))
            << i;
    }
}

TEST(Store, JoinsListsSoThatTheyPartAgain) {
    for (const std::vector<std::string>& list : {std::vector<std::string>{},
                                                 {""},
                                                 {"", ""},
                                                 {"a"},
                                                 {"a", "b"},
                                                 {"\n", "\\", "\\n", "a\nb"}}) {
        EXPECT_EQ(split_list(join_list(list)), list);
    }
}

TEST(Store, IsReadableByItsGroupAndNobodyElse) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat status {};
        ASSERT_EQ(::stat((path + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777U, 0640U) << suffix;
    }
}

TEST(Store, SelectsByTimeVerdictAndId) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    for (int i = 0; i < 10; ++i) {
        const auto number = static_cast<unsigned>(i);
        const Record record = i % 2 == 0 ? sample_accept(number) : sample_record(number);
        ASSERT_TRUE(file->write({{record, sample_time(i * 1000)}}, {}));
    }
    EXPECT_EQ(all(path, {.since = sample_time(2000), .until = sample_time(5000)}).size(), 3U);
    EXPECT_EQ(all(path, {.refusals_only = true}).size(), 5U);
    EXPECT_EQ(all(path, {.after_id = 7}).size(), 3U);
    auto reader = StoreReader::open(path);
    ASSERT_TRUE(reader);
    EXPECT_EQ(*reader->last_id(), 10);
}

TEST(Store, FindsEveryReferenceOfACollapsedRow) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    ASSERT_TRUE(file->write({{sample_record(1), sample_time(0)}}, {}));
    ASSERT_TRUE(
        file->write({{sample_record(2), sample_time(9)}, {sample_record(3), sample_time(4)}}, {}));
    auto reader = StoreReader::open(path);
    ASSERT_TRUE(reader);
    for (const unsigned number : {1U, 2U, 3U}) {
        const auto found = reader->find(format_reference(number));
        ASSERT_TRUE(found);
        ASSERT_EQ(found->size(), 1U) << number;
        EXPECT_EQ(found->front().count, 3U);
        EXPECT_EQ(found->front().time, sample_time(0));
        EXPECT_EQ(found->front().last, sample_time(9));
    }
    EXPECT_TRUE(reader->find("ZZZZZZZZ")->empty());
    EXPECT_TRUE(reader->find("")->empty());
}

TEST(Store, NotesAPredecessorThatDidNotEnd) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    {
        auto killed = begin(path, 0);
        ASSERT_TRUE(killed->write({{sample_record(1), sample_time(50)}}, {}));
    }
    {
        auto orderly = begin(path, 100);
        orderly->ended(sample_time(200));
    }
    begin(path, 300);
    begin(path, 400, true);
    const auto gaps = StoreReader::open(path)->gaps(std::nullopt, std::nullopt);
    ASSERT_TRUE(gaps);
    EXPECT_EQ(*gaps,
              (std::vector<StoreGap>{{.from = sample_time(50),
                                      .until = sample_time(100),
                                      .count = std::nullopt,
                                      .reason = "relaypermitd ended before it could store them"}}));
    EXPECT_TRUE(StoreReader::open(path)->gaps(sample_time(101), std::nullopt)->empty());
    EXPECT_TRUE(StoreReader::open(path)->gaps(std::nullopt, sample_time(50))->empty());
}

TEST(Store, DeletesWhatIsTooOldInSmallSteps) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    std::vector<Offered> batch;
    for (unsigned i = 0; i < 2500; ++i)
        batch.push_back({sample_accept(i), sample_time(static_cast<int>(i))});
    ASSERT_TRUE(file->write(batch, {}));
    const TimePoint now = sample_time(2200) + std::chrono::days{30};
    EXPECT_TRUE(*file->trim(30, 0, now));
    EXPECT_EQ(all(path).size(), 1500U);
    EXPECT_TRUE(*file->trim(30, 0, now));
    EXPECT_TRUE(*file->trim(30, 0, now));
    EXPECT_FALSE(*file->trim(30, 0, now));
    const auto rows = all(path);
    ASSERT_EQ(rows.size(), 300U);
    EXPECT_EQ(rows.front().time, sample_time(2200));
    EXPECT_FALSE(*file->trim(0, 0, now + std::chrono::days{999}));
}

TEST(Store, StaysBelowItsSizeAndGivesTheSpaceBack) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    constexpr std::uint64_t limit = 2'000'000;
    unsigned number = 0;
    for (int round = 0; round < 40; ++round) {
        std::vector<Offered> batch;
        for (int i = 0; i < 512; ++i) {
            Record record = sample_accept(++number);
            record.helo = std::string(200, 'h');
            batch.push_back({record, sample_time(round)});
        }
        ASSERT_TRUE(file->write(batch, {}));
        while (*file->trim(30, limit, sample_time(round))) {
        }
    }
    auto database = Database::open(path, Database::Access::read);
    ASSERT_TRUE(database);
    EXPECT_LE(*database->number("SELECT (page_count - freelist_count) * page_size FROM "
                                "pragma_page_count, pragma_freelist_count, pragma_page_size"),
              static_cast<std::int64_t>(limit));
    const auto rows = all(path);
    EXPECT_GT(rows.size(), 1000U);
    EXPECT_EQ(rows.back().record.queue_id, sample_accept(number).queue_id);
}

TEST(Store, BeginsANewRowForARefusalWhoseRowWasDeleted) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    ASSERT_TRUE(file->write({{sample_record(1), sample_time(0)}}, {}));
    EXPECT_TRUE(*file->trim(0, 1, sample_time(0)));
    ASSERT_TRUE(file->write({{sample_record(2), sample_time(1)}}, {}));
    const auto rows = all(path);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].count, 1U);
    EXPECT_EQ(rows[0].id, 2);
}

TEST(Store, LeavesAnotherProgramsDatabaseAlone) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("other.db");
    {
        auto other = Database::open(path, Database::Access::write);
        ASSERT_TRUE(other->run("CREATE TABLE t (x); INSERT INTO t VALUES (1)"));
    }
    const auto file = StoreFile::open(path, 0, sample_time(), false);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().trouble, StoreTrouble::unavailable);
    EXPECT_EQ(file.error().why, "it is another program's database");
    EXPECT_EQ(StoreReader::open(path).error().why, "it is another program's database");
    EXPECT_FALSE(StoreFile::set_aside(path));
    auto other = Database::open(path, Database::Access::write);
    EXPECT_EQ(*other->number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST(Store, LeavesANewerVersionAlone) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    begin(path);
    ASSERT_TRUE(Database::open(path, Database::Access::write)->run("PRAGMA user_version = 99"));
    const auto file = StoreFile::open(path, 0, sample_time(), false);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().trouble, StoreTrouble::newer);
    EXPECT_EQ(StoreReader::open(path).error().trouble, StoreTrouble::newer);
}

TEST(Store, MigratesForwardsAndKeepsTheRows) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    {
        auto file = begin(path);
        ASSERT_TRUE(file->write({{sample_record(1), sample_time(0)}}, {}));
    }
    auto database = Database::open(path, Database::Access::write);
    ASSERT_TRUE(database);
    std::vector<std::string_view> steps(store_migrations().begin(), store_migrations().end());
    const auto version = static_cast<std::int64_t>(steps.size());
    steps.push_back("ALTER TABLE decision ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'");
    ASSERT_TRUE(migrate(*database, steps));
    EXPECT_EQ(*database->number("PRAGMA user_version"), version + 1);
    EXPECT_EQ(*database->number("SELECT count(*) FROM decision WHERE mood = 'calm'"), 1);
    // A step that fails leaves everything as it was.
    steps.push_back("CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)");
    EXPECT_FALSE(migrate(*database, steps));
    EXPECT_EQ(*database->number("PRAGMA user_version"), version + 1);
    EXPECT_EQ(*database->number("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
}

TEST(Store, KeepsTheNameOfAProgramApartFromNoneAndFromNotKept) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    std::vector<Offered> offered;
    for (const std::optional<std::string>& agent :
         {std::optional<std::string>("Apple \"Mail\"\r\xff"), std::optional<std::string>(""),
          std::optional<std::string>()}) {
        Record record = sample_accept();
        record.agent = agent;
        offered.push_back({record, sample_time(0)});
    }
    ASSERT_TRUE(file->write(offered, {}));
    const auto rows = all(path);
    ASSERT_EQ(rows.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(rows[i].record, offered[i].record) << i;
}

TEST(Store, OfTheFirstVersionIsBroughtUpToDateWithoutNamesOfPrograms) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    {
        auto database = Database::open(path, Database::Access::write);
        ASSERT_TRUE(migrate(*database, store_migrations().first(1)));
        ASSERT_TRUE(database->run(
            "INSERT INTO decision VALUES (1, 1, 1, 1, 0, 'Q', 'accept', '', '', 'eom', '', '', '', "
            "'', '', '', 0, '', '', 0, '', 'postfix', '', 'laptop', '', '', '')"));
    }
    Record record = sample_accept();
    record.agent = "K-9";
    ASSERT_TRUE(begin(path)->write({{record, sample_time(0)}}, {}));
    const auto rows = all(path);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].record.helo, "laptop");
    EXPECT_EQ(rows[0].record.agent, std::nullopt);
    EXPECT_EQ(rows[1].record, record);
}

TEST(Store, SetsADamagedFileAside) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    {
        auto file = begin(path);
        ASSERT_TRUE(file->write({{sample_record(1), sample_time(0)}}, {}));
    }
    EXPECT_TRUE(StoreFile::set_aside(path));
    struct stat status {};
    EXPECT_NE(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(::stat((path + ".damaged").c_str(), &status), 0);
    EXPECT_FALSE(StoreFile::set_aside(scratch.write("mail.log", std::string(4096, 'x'))));
    EXPECT_FALSE(StoreFile::set_aside(scratch.file("none")));
}

TEST(Store, PassesOverARowThatNobodyWrote) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    {
        auto file = begin(path);
        ASSERT_TRUE(file->write(
            {{sample_record(1), sample_time(0)}, {sample_accept(2), sample_time(1)}}, {}));
    }
    ASSERT_TRUE(Database::open(path, Database::Access::write)
                    ->run("UPDATE decision SET cause = 'because' WHERE id = 1"));
    auto reader = StoreReader::open(path);
    std::vector<std::int64_t> ids;
    ASSERT_TRUE(reader->each({}, [&](StoredRecord&& stored) {
        ids.push_back(stored.id);
        return true;
    }));
    EXPECT_EQ(ids, std::vector<std::int64_t>{2});
    EXPECT_EQ(reader->unreadable(), 1U);
    EXPECT_TRUE(reader->find(sample_record(1).reference)->empty());
    EXPECT_EQ(reader->unreadable(), 1U);
}

std::vector<Offered> many(std::size_t count) {
    std::vector<Offered> batch;
    for (std::size_t i = 0; i < count; ++i) {
        // Three of the same second, and time that goes back now and then.
        batch.push_back(
            {sample_accept(static_cast<unsigned>(i)), sample_time(static_cast<int>(i / 3 % 1000))});
    }
    return batch;
}

TEST(Store, ReadsPageByPageInTheOrderOfTime) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    constexpr std::size_t count = 2 * StoreReader::page_rows + 1500;
    ASSERT_TRUE(begin(path)->write(many(count), {}));
    // A whole page that cannot be read ends nothing.
    ASSERT_TRUE(Database::open(path, Database::Access::write)
                    ->run("UPDATE decision SET mta = 'qmail' WHERE id IN (SELECT id FROM decision "
                          "ORDER BY time, id LIMIT 1000 OFFSET 1000)"));
    auto reader = StoreReader::open(path);
    std::vector<std::pair<TimePoint, std::int64_t>> seen;
    ASSERT_TRUE(reader->each({}, [&](StoredRecord&& stored) {
        seen.emplace_back(stored.time, stored.id);
        return true;
    }));
    EXPECT_EQ(seen.size(), count - 1000);
    EXPECT_EQ(reader->unreadable(), 1000U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
    std::size_t followed = 0;
    ASSERT_TRUE(reader->each({.since = {}, .until = {}, .refusals_only = false, .after_id = 5},
                             [&](StoredRecord&&) {
                                 ++followed;
                                 return true;
                             }));
    EXPECT_EQ(followed + reader->unreadable(), count - 5);
}

// A pager that waits would have the write-ahead log grow for as long.
TEST(Store, HoldsNoReadTransactionWhileARowIsLookedAt) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    ASSERT_TRUE(begin(path)->write(many(StoreReader::page_rows + 10), {}));
    // First, as in one process SQLite shares what the first connection opened.
    auto writer = Database::open(path, Database::Access::write);
    EXPECT_EQ(*writer->number("SELECT count(*) FROM gap"), 0);
    auto reader = StoreReader::open(path);
    int looked_at = 0;
    ASSERT_TRUE(reader->each({}, [&](StoredRecord&&) {
        // Stored meanwhile: not seen. The checkpoint says 1 where a reader was in its way.
        if (looked_at % 100 == 0) {
            const auto ran =
                writer->run("INSERT INTO gap (since, until, reason) VALUES (1, 1, 'x')");
            EXPECT_TRUE(ran) << ran.error().why;
            EXPECT_EQ(*writer->number("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
        }
        ++looked_at;
        return true;
    }));
    EXPECT_EQ(looked_at, static_cast<int>(StoreReader::page_rows) + 10);
}

TEST(Store, SaysThatTheFileIsOfAnOlderVersion) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    begin(path);
    const auto older = StoreReader::open(path, store_migrations().size() + 1);
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().trouble, StoreTrouble::older);
    EXPECT_EQ(older.error().why,
              "its version is 2, this program reads 3; the relaypermitd of this version brings it "
              "up to date when it starts");
}

TEST(Store, SaysWhenItBegins) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    const auto file = begin(path);
    EXPECT_EQ(*StoreReader::open(path)->begins(), std::nullopt);
    ASSERT_TRUE(
        file->write({{sample_record(1), sample_time(7)}, {sample_accept(2), sample_time(3)}}, {}));
    EXPECT_EQ(*StoreReader::open(path)->begins(), sample_time(3));
}

TEST(Store, ReadsACopyOfTheFileAlone) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    {
        auto file = begin(path);
        ASSERT_TRUE(file->write({{sample_record(1), sample_time(0)}}, {}));
    }
    const std::string copy = scratch.file("copy?#%41.db");
    ASSERT_TRUE(
        Database::open(path, Database::Access::write)->run("PRAGMA wal_checkpoint(TRUNCATE)"));
    std::filesystem::copy_file(path, copy);
    EXPECT_EQ(all(copy).size(), 1U);
    EXPECT_EQ(StoreReader::open(scratch.file("none")).error().why, "there is no such file");
    EXPECT_FALSE(StoreReader::open(scratch.write("text", "not a database at all, just some text")));
    EXPECT_EQ(StoreReader::open(scratch.write("empty", "")).error().why, "it is empty");
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "policy/reply.h"
#include "record/store_reader.h"
#include "record/store_writer.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

// A writer whose clock the test moves and whose lines it reads.
class Bench {
  public:
    explicit Bench(StoreOptions options = {}) {
        options.path = options.path.empty() ? scratch.file("d.db") : options.path;
        options.lock_wait = std::chrono::milliseconds{0};
        // Nothing happens by itself within a test: it asks by flush().
        options.flush_after = std::chrono::hours{1};
        options.retry_after = std::chrono::hours{1};
        path = options.path;
        writer = std::make_unique<StoreWriter>(
            options, [this] { return sample_time(second.load()); },
            [this](const std::string& line) {
                const std::lock_guard lock{mutex};
                lines.push_back(line);
            });
    }
    void offer(unsigned from, unsigned count) {
        for (unsigned i = from; i < from + count; ++i)
            writer->offer(sample_accept(i), sample_time(second.load()));
    }
    [[nodiscard]] std::vector<std::string> said() {
        const std::lock_guard lock{mutex};
        return std::exchange(lines, {});
    }
    [[nodiscard]] std::uint64_t rows() const {
        std::uint64_t count = 0;
        auto reader = StoreReader::open(path);
        if (reader) {
            static_cast<void>(reader->each({}, [&](StoredRecord&& stored) {
                count += stored.count;
                return true;
            }));
        }
        return count;
    }
    [[nodiscard]] std::vector<StoreGap> gaps() const {
        return *StoreReader::open(path)->gaps(std::nullopt, std::nullopt);
    }

    ScratchDirectory scratch{};
    std::string path{};
    std::atomic<int> second{};
    std::mutex mutex{};
    std::vector<std::string> lines{};
    std::unique_ptr<StoreWriter> writer{};
};

TEST(StoreWriter, StoresWhatManyThreadsOffer) {
    Bench bench{{.queue_capacity = 100000}};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            bench.offer(t * 1000, 1000);
            static_cast<void>(bench.writer->counts());
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(bench.writer->flush());
    const StoreCounts counts = bench.writer->counts();
    EXPECT_EQ(counts.offered, 8000U);
    EXPECT_EQ(counts.stored, 8000U);
    EXPECT_EQ(counts.dropped, 0U);
    EXPECT_EQ(counts.waiting, 0U);
    EXPECT_EQ(bench.rows(), 8000U);
    EXPECT_TRUE(bench.said().empty());
}

TEST(StoreWriter, StoresTheRestAtItsEnd) {
    Bench bench;
    bench.offer(0, 700);
    bench.writer.reset();
    EXPECT_EQ(bench.rows(), 700U);
    EXPECT_TRUE(bench.said().empty());
    EXPECT_TRUE(bench.gaps().empty());
}

// So that whoever held it over a reload hands the decision to the next.
TEST(StoreWriter, TakesNothingAfterItsEnd) {
    Bench bench;
    bench.offer(0, 2);
    bench.writer->end();
    EXPECT_FALSE(bench.writer->offer(sample_accept(2), sample_time(0)));
    EXPECT_EQ(bench.writer->counts().offered, 2U);
    EXPECT_EQ(bench.writer->counts().waiting, 0U);
    EXPECT_EQ(bench.rows(), 2U);
}

TEST(StoreWriter, WaitsForAStoreThatAnotherProcessLocks) {
    Bench bench{{.queue_capacity = 10, .batch = 4}};
    bench.offer(0, 1);
    ASSERT_TRUE(bench.writer->flush());
    auto other = Database::open(bench.path, Database::Access::write);
    ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
    bench.second = 100;
    bench.offer(1, 15);
    EXPECT_FALSE(bench.writer->flush());
    const auto first = bench.said();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_TRUE(first[0].starts_with("store " + bench.path +
                                     ": locked by another process (database is locked); "))
        << first[0];
    bench.second = 110;
    bench.offer(20, 5);
    EXPECT_FALSE(bench.writer->flush());
    const StoreCounts counts = bench.writer->counts();
    EXPECT_EQ(counts.trouble, StoreTrouble::locked);
    EXPECT_EQ(counts.waiting, 10U);
    EXPECT_EQ(counts.dropped, 10U);
    EXPECT_TRUE(bench.said().empty()) << "not more than a line a minute";
    bench.second = 160;
    EXPECT_FALSE(bench.writer->flush());
    EXPECT_EQ(bench.said().size(), 1U);

    ASSERT_TRUE(other->run("ROLLBACK"));
    bench.second = 230;
    EXPECT_TRUE(bench.writer->flush());
    EXPECT_EQ(bench.rows(), 11U);
    std::uint64_t missing = 0;
    for (const StoreGap& gap : bench.gaps()) {
        missing += gap.count.value_or(0);
        EXPECT_GE(gap.from, sample_time(100));
        EXPECT_LE(gap.until, sample_time(110));
    }
    EXPECT_EQ(missing, 10U);
    EXPECT_EQ(bench.said(), (std::vector<std::string>{"store " + bench.path + " works again"}));
}

TEST(StoreWriter, BeginsOnceItsDirectoryIsThere) {
    const ScratchDirectory scratch;
    Bench bench{{.path = scratch.file("later/d.db")}};
    bench.offer(0, 3);
    EXPECT_FALSE(bench.writer->flush());
    EXPECT_EQ(bench.writer->counts().trouble, StoreTrouble::unavailable);
    EXPECT_EQ(bench.said().size(), 1U);
    std::filesystem::create_directory(scratch.file("later"));
    EXPECT_TRUE(bench.writer->flush());
    EXPECT_EQ(bench.rows(), 3U);
    EXPECT_TRUE(bench.gaps().empty());
}

TEST(StoreWriter, BeginsAnewWhereTheFileIsDeleted) {
    Bench bench;
    bench.offer(0, 3);
    ASSERT_TRUE(bench.writer->flush());
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(bench.path + suffix);
    bench.offer(3, 2);
    EXPECT_TRUE(bench.writer->flush());
    EXPECT_EQ(bench.rows(), 2U);
    ASSERT_EQ(bench.gaps().size(), 1U);
    EXPECT_EQ(bench.gaps()[0].reason, "the store was deleted or replaced");
    EXPECT_EQ(bench.said().at(0), "store " + bench.path + " was deleted or replaced: begun anew");
}

TEST(StoreWriter, LosesNothingWhereOnlyTheHelperFilesAreDeleted) {
    Bench bench;
    bench.offer(0, 3);
    ASSERT_TRUE(bench.writer->flush());
    std::filesystem::remove(bench.path + "-wal");
    bench.offer(3, 2);
    EXPECT_TRUE(bench.writer->flush());
    EXPECT_EQ(bench.rows(), 5U);
    std::filesystem::remove(bench.path + "-shm");
    bench.offer(5, 2);
    EXPECT_TRUE(bench.writer->flush());
    EXPECT_EQ(bench.rows(), 7U);
    EXPECT_EQ(bench.writer->counts().stored, 7U);
}

TEST(StoreWriter, SetsADamagedStoreAsideAndBeginsAnew) {
    Bench bench;
    bench.offer(0, 2000);
    ASSERT_TRUE(bench.writer->flush());
    bench.writer.reset();
    ASSERT_TRUE(Database::open(bench.path, Database::Access::write)
                    ->run("PRAGMA wal_checkpoint(TRUNCATE)"));
    {
        // Every page but the first.
        std::fstream file{bench.path, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(4096);
        file << std::string(400000, '\x7e');
    }
    Bench second{{.path = bench.path}};
    second.offer(0, 2);
    EXPECT_FALSE(second.writer->flush());
    EXPECT_TRUE(second.writer->flush());
    EXPECT_EQ(second.rows(), 2U);
    EXPECT_TRUE(std::filesystem::exists(bench.path + ".damaged"));
    ASSERT_EQ(second.gaps().size(), 1U);
    EXPECT_EQ(second.gaps()[0].reason, "the store was damaged");
}

TEST(StoreWriter, CountsWhatIsLeftWhereTheStoreNeverCame) {
    Bench bench{{.path = "/nowhere/at/all/d.db"}};
    bench.offer(0, 5);
    bench.writer.reset();
    EXPECT_EQ(bench.said().back(),
              "store /nowhere/at/all/d.db: 5 decisions could not be stored before the end, "
              "syslog has them");
}

TEST(StoreWriter, SaysNothingOfSyslogWhereNoDecisionGoesThere) {
    const auto last_words = [](LogCopy copy) {
        Bench bench{{.path = "/nowhere/at/all/d.db"}};
        bench.writer->log_copy(copy);
        bench.offer(0, 5);
        EXPECT_FALSE(bench.writer->flush());
        bench.writer.reset();
        const std::vector<std::string> said = bench.said();
        EXPECT_EQ(said.size(), 2U);
        const auto behind_comma = [](const std::string& line) {
            return line.substr(line.rfind(", ") + 2);
        };
        EXPECT_EQ(behind_comma(said.front()), who_has_them(copy)) << said.front();
        return behind_comma(said.back());
    };
    EXPECT_EQ(last_words(LogCopy::none), "nothing else has them");
    EXPECT_EQ(last_words(LogCopy::syslog), "syslog has them");
    EXPECT_EQ(last_words(LogCopy::standard_error), "the log has them");
}

TEST(StoreWriter, SaysOfDecisionsOnBothSidesOfAReloadHowManySyslogHas) {
    Bench bench{{.path = "/nowhere/at/all/d.db",
                 .queue_capacity = 8,
                 .flush_after = std::chrono::hours{1}}};
    bench.writer->log_copy(LogCopy::none);
    bench.offer(0, 10);
    bench.writer->log_copy(LogCopy::syslog);
    bench.offer(10, 3);
    EXPECT_FALSE(bench.writer->flush());
    EXPECT_EQ(bench.said().front(),
              "store /nowhere/at/all/d.db: cannot be opened (unable to open database file (No such "
              "file or directory)); 5 "
              "decisions could not be stored, syslog has 3 of them, nothing has the others");
    bench.writer.reset();
    EXPECT_EQ(bench.said().back(),
              "store /nowhere/at/all/d.db: 8 decisions could not be stored before the end, nothing "
              "else has them");
}

TEST(StoreWriter, ForgetsWhatSyslogLacksOnceItIsStored) {
    const ScratchDirectory scratch;
    Bench bench{{.path = scratch.file("later/d.db")}};
    bench.writer->log_copy(LogCopy::none);
    bench.offer(0, 3);
    EXPECT_FALSE(bench.writer->flush());
    std::filesystem::create_directory(scratch.file("later"));
    EXPECT_TRUE(bench.writer->flush());
    bench.writer->log_copy(LogCopy::syslog);
    std::filesystem::remove_all(scratch.file("later"));
    bench.offer(3, 2);
    bench.writer->flush();
    bench.writer.reset();
    EXPECT_TRUE(bench.said().back().ends_with(
        "2 decisions could not be stored before the end, syslog has them"))
        << bench.said().back();
}

TEST(StoreWriter, DeletesWhatIsTooOldByItself) {
    Bench bench{{.keep_days = 30}};
    bench.offer(0, 2500);
    ASSERT_TRUE(bench.writer->flush());
    bench.second = 31 * 86400;
    bench.offer(2500, 1);
    ASSERT_TRUE(bench.writer->flush());
    bench.writer.reset();
    EXPECT_LE(bench.rows(), 1501U);
}

}  // namespace
}  // namespace relaypermit

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "milter/record_sinks.h"
#include "milter/store_sink.h"
#include "record/line.h"
#include "record/store_reader.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

class CollectingLog final : public Log {
  public:
    void write(LogLevel, std::string_view line) override {
        const std::lock_guard lock{mutex};
        lines.emplace_back(line);
    }
    std::mutex mutex{};
    std::vector<std::string> lines{};
};

int rows(const std::string& path) {
    int count = 0;
    auto reader = StoreReader::open(path);
    if (reader) {
        static_cast<void>(reader->each({}, [&](StoredRecord&&) {
            ++count;
            return true;
        }));
    }
    return count;
}

TEST(StoreSink, StoresWhereThePolicySaysWhileItIsReloaded) {
    const ScratchDirectory scratch;
    const std::string first = scratch.file("a.db");
    const std::string second = scratch.file("b.db");
    CollectingLog log;
    StoreSink sink{[] { return sample_time(); }, log};
    LogSettings settings;
    sink.write(sample_accept(0));
    settings.store = first;
    sink.apply(settings, LogCopy::syslog);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (unsigned i = 0; i < 500; ++i) sink.write(sample_accept(1000 * t + i));
        });
    }
    settings.keep_days = 7;
    sink.apply(settings, LogCopy::syslog);
    settings.store = second;
    sink.apply(settings, LogCopy::syslog);
    for (std::thread& thread : threads) thread.join();
    sink.close();
    sink.write(sample_accept(1));
    EXPECT_EQ(rows(first) + rows(second), 2000);
    EXPECT_TRUE(log.lines.empty());
}

TEST(StoreSink, SaysInTheLogWhatTheStoreSuffersFrom) {
    CollectingLog log;
    StoreSink sink{[] { return sample_time(); }, log};
    LogSettings settings;
    settings.store = "/nowhere/d.db";
    sink.apply(settings, LogCopy::syslog);
    sink.write(sample_accept(1));
    sink.close();
    ASSERT_FALSE(log.lines.empty());
    EXPECT_EQ(log.lines.back(),
              "store /nowhere/d.db: 1 decision could not be stored before the end, syslog has "
              "them");
}

// A counter that falls is a process that has begun anew, to whoever reads it.
TEST(StoreSink, CountsWhatEveryStoreOfTheProcessHasDropped) {
    CollectingLog log;
    StoreSink sink{[] { return sample_time(); }, log};
    LogSettings settings;
    settings.store = "/nowhere/d.db";
    sink.apply(settings, LogCopy::syslog);
    sink.write(sample_accept(1));
    settings.store = "/nowhere/e.db";
    sink.apply(settings, LogCopy::syslog);
    sink.write(sample_accept(2));
    settings.store.clear();
    sink.apply(settings, LogCopy::syslog);
    SinkCounts counts;
    sink.count(counts);
    EXPECT_EQ(counts.store_dropped, 2U);
    EXPECT_EQ(counts.store_waiting, 0U);
}

TEST(StoreSink, SaysWhoElseHasADecisionAsTheLastReloadHasIt) {
    CollectingLog log;
    StoreSink sink{[] { return sample_time(); }, log};
    LogSettings settings;
    settings.store = "/nowhere/d.db";
    sink.apply(settings, LogCopy::syslog);
    EXPECT_TRUE(sink.lost_in_a_crash().ends_with("missing in the store: syslog has them"));
    sink.apply(settings, LogCopy::none);
    EXPECT_TRUE(sink.lost_in_a_crash().ends_with("missing in the store: nothing else has them"));
    sink.write(sample_accept(1));
    sink.close();
    ASSERT_FALSE(log.lines.empty());
    EXPECT_EQ(log.lines.back(),
              "store /nowhere/d.db: 1 decision could not be stored before the end, nothing else "
              "has them");
}

TEST(RecordSinks, GiveADecisionToTheLogAndToTheStore) {
    const ScratchDirectory scratch;
    LogSettings settings;
    settings.store = scratch.file("a.db");
    CollectingLog log;
    Metrics metrics;
    RecordSinks sinks{log, [] { return sample_time(); }, metrics};
    sinks.write(sample_accept(0));
    sinks.apply(settings, LogCopy::syslog);
    sinks.write(sample_accept(1));
    sinks.apply(settings, LogCopy::none);
    sinks.write(sample_accept(2));
    DaemonStatus status;
    sinks.tell(settings, status);
    ASSERT_TRUE(status.store);
    EXPECT_EQ(status.store->path, settings.store);
    sinks.close();
    EXPECT_EQ(log.lines, (std::vector<std::string>{format_line(sample_accept(0)),
                                                   format_line(sample_accept(1))}));
    EXPECT_EQ(rows(settings.store), 2);
}

TEST(StoreSink, LosesNothingInACrashWithoutAStore) {
    CollectingLog log;
    StoreSink sink{[] { return sample_time(); }, log};
    sink.apply({}, LogCopy::syslog);
    EXPECT_EQ(sink.lost_in_a_crash(), "");
}

}  // namespace
}  // namespace relaypermit

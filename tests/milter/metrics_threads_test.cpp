// Sessions count at the same time, and somebody reads meanwhile.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "milter/metrics.h"

namespace relaypermit {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, LoseNothingOfWhatSessionsCountAtTheSameTime) {
    constexpr std::uint64_t each = 2000;
    Metrics metrics;
    const auto session = [&] {
        const LookupMeters tables = metrics.tables();
        for (std::uint64_t i = 0; i < each; ++i) {
            metrics.decided(Outcome::reject, Cause::use_submission, Stage::rcpt);
            metrics.callback(Stage::rcpt).observe(1ms);
            tables.at("t")->looked_up(1ms, false);
        }
    };
    (void)metrics.tables_are({"t"});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(session);
    for (int reload = 0; reload < 50; ++reload) {
        (void)metrics.tables_are({"t", "u"});
        metrics.reloaded(TimePoint{1s}, reload % 2 == 0);
        const Histogram::Reading reading = metrics.callback(Stage::rcpt).read();
        EXPECT_EQ(reading.at_most.back(), reading.count);
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(metrics.decisions(Outcome::reject, Cause::use_submission, Stage::rcpt), 4 * each);
    EXPECT_EQ(metrics.callback(Stage::rcpt).read().count, 4 * each);
    EXPECT_EQ(metrics.tables().at("t")->failures, 4 * each);
    EXPECT_EQ(metrics.reloads(true) + metrics.reloads(false), 50U);
}

}  // namespace
}  // namespace relaypermit

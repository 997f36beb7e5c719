#include "milter/tables_report.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

TEST(TablesReport, SaysOfEachTableWhatItWasAskedSinceTheLastTime) {
    Metrics metrics;
    const LookupMeters meters = metrics.tables_are({"idle", "staff"});
    TablesReport report;
    EXPECT_EQ(report.since_last(metrics.tables()), Lines{});
    meters.at("staff")->looked_up(1ms, true);
    meters.at("staff")->looked_up(3ms, false);
    meters.at("staff")->looked_up(1ms, true, true);
    EXPECT_EQ(report.since_last(metrics.tables()),
              Lines{"table staff in the last hour: 2 lookups, 2.0 ms on average, 1 failed; "
                    "1 answer from the cache"});
    EXPECT_EQ(report.since_last(metrics.tables()), Lines{});
    meters.at("staff")->looked_up(5ms, true, false, 2);
    EXPECT_EQ(report.since_last(metrics.tables()),
              Lines{"table staff in the last hour: 1 lookup, 5.0 ms on average, 0 failed; "
                    "0 answers from the cache; 2 values ignored, as no pattern"});
}

TEST(TablesReport, CountsATableThatWasAwayFromItsBeginning) {
    Metrics metrics;
    TablesReport report;
    metrics.tables_are({"staff"}).at("staff")->looked_up(1ms, true);
    (void)report.since_last(metrics.tables());
    (void)metrics.tables_are({});
    (void)report.since_last(metrics.tables());
    metrics.tables_are({"staff"}).at("staff")->looked_up(2ms, true);
    EXPECT_EQ(report.since_last(metrics.tables()).size(), 1U);
}

}  // namespace
}  // namespace relaypermit

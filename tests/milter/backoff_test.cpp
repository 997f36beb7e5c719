#include "milter/backoff.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, TriesAtOnceTheFirstTimeAndWaitsTwiceAsLongEachTimeUpToABound) {
    Backoff backoff(1s, 8s, 60s);
    for (const auto wait : {0s, 1s, 2s, 4s, 8s, 8s, 8s})
        EXPECT_EQ(backoff.failed_after(100ms), wait);
    EXPECT_EQ(backoff.failures(), 7U);
}

TEST(Backoff, ForgetsTheFailuresBeforeWhatHasWorkedForAWhile) {
    Backoff backoff(1s, 8s, 60s);
    for (int failure = 0; failure < 5; ++failure) (void)backoff.failed_after(59999ms);
    EXPECT_EQ(backoff.failed_after(60s), 0s);
    EXPECT_EQ(backoff.failed_after(0s), 1s);
}

TEST(Backoff, NeverWaitsLongerThanItsBound) {
    Backoff backoff(5s, 3s, 60s);
    (void)backoff.failed_after(0s);
    EXPECT_EQ(backoff.failed_after(0s), 3s);
    for (int failure = 0; failure < 1000; ++failure) EXPECT_EQ(backoff.failed_after(0s), 3s);
}

}  // namespace
}  // namespace relaypermit

#include "tables/circuit_breaker.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;

CircuitBreaker::TimePoint at(std::chrono::milliseconds since) {
    return CircuitBreaker::TimePoint(since);
}

CircuitBreaker without_jitter() {
    return CircuitBreaker([] { return 0.0; });
}

void fail(CircuitBreaker& breaker, int times, std::chrono::milliseconds now) {
    for (int n = 0; n < times; ++n) {
        ASSERT_TRUE(breaker.may_ask(at(now)));
        (void)breaker.failed(at(now));
    }
}

TEST(CircuitBreaker, OpensAfterFiveFailuresInARow) {
    CircuitBreaker breaker = without_jitter();
    fail(breaker, 4, 0s);
    breaker.succeeded();
    fail(breaker, 4, 0s);
    EXPECT_FALSE(breaker.is_open());
    ASSERT_TRUE(breaker.may_ask(at(0s)));
    EXPECT_TRUE(breaker.failed(at(0s)));
    EXPECT_TRUE(breaker.is_open());
    EXPECT_FALSE(breaker.may_ask(at(999ms)));
}

TEST(CircuitBreaker, LetsOneProbeThroughAtATime) {
    CircuitBreaker breaker = without_jitter();
    fail(breaker, 5, 0s);
    EXPECT_TRUE(breaker.may_ask(at(1s)));
    EXPECT_FALSE(breaker.may_ask(at(1s)));
    EXPECT_FALSE(breaker.may_ask(at(100s)));
    breaker.succeeded();
    EXPECT_FALSE(breaker.is_open());
    EXPECT_TRUE(breaker.may_ask(at(1s)));
    EXPECT_TRUE(breaker.may_ask(at(1s)));
}

TEST(CircuitBreaker, PausesTwiceAsLongEachTimeUpToThirtySeconds) {
    CircuitBreaker breaker = without_jitter();
    fail(breaker, 5, 0s);
    auto now = 0ms;
    for (const auto pause : {1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 30'000ms, 30'000ms}) {
        EXPECT_FALSE(breaker.may_ask(at(now + pause - 1ms)));
        now += pause;
        ASSERT_TRUE(breaker.may_ask(at(now)));
        EXPECT_FALSE(breaker.failed(at(now))) << "it was open already";
    }
    now += 30s;
    ASSERT_TRUE(breaker.may_ask(at(now)));
    breaker.succeeded();
    fail(breaker, 5, now);
    EXPECT_FALSE(breaker.may_ask(at(now + 999ms)));
    EXPECT_TRUE(breaker.may_ask(at(now + 1s)));
}

TEST(CircuitBreaker, PausesUpToAQuarterLonger) {
    CircuitBreaker breaker([] { return 1.0; });
    fail(breaker, 5, 0s);
    EXPECT_FALSE(breaker.may_ask(at(1'249ms)));
    EXPECT_TRUE(breaker.may_ask(at(1'250ms)));
}

TEST(CircuitBreaker, LearnsNothingFromWhatWasUnderWayWhenItOpened) {
    CircuitBreaker breaker = without_jitter();
    for (int n = 0; n < 8; ++n) ASSERT_TRUE(breaker.may_ask(at(0s)));
    for (int n = 0; n < 8; ++n) (void)breaker.failed(at(0s));
    EXPECT_TRUE(breaker.may_ask(at(1s)));
}

TEST(CircuitBreaker, ProbesAgainAtOnceWhereTheProbeWasWithdrawn) {
    CircuitBreaker breaker = without_jitter();
    fail(breaker, 5, 0s);
    ASSERT_TRUE(breaker.may_ask(at(1s)));
    breaker.withdrawn();
    EXPECT_TRUE(breaker.may_ask(at(1s)));
}

}  // namespace
}  // namespace relaypermit::testing

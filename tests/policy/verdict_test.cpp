#include "policy/verdict.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TEST(Outcome, IsReadAsItIsWritten) {
    for (const auto outcome : {Outcome::accept, Outcome::reject, Outcome::tempfail,
                               Outcome::monitor, Outcome::mta_reject}) {
        EXPECT_EQ(outcome_from(to_string(outcome)), outcome);
    }
    EXPECT_EQ(to_string(Outcome::mta_reject), "mta-reject");
    EXPECT_EQ(outcome_from("mta_reject"), std::nullopt);
    EXPECT_EQ(outcome_from(""), std::nullopt);
}

TEST(Verdict, RefusesOnlyByRejectAndTempfail) {
    EXPECT_TRUE(Verdict{.outcome = Outcome::reject}.refused());
    EXPECT_TRUE(Verdict{.outcome = Outcome::tempfail}.refused());
    EXPECT_FALSE(Verdict{.outcome = Outcome::accept}.refused());
    EXPECT_FALSE(Verdict{.outcome = Outcome::monitor}.refused());
    EXPECT_FALSE(Verdict{.outcome = Outcome::mta_reject}.refused());
}

}  // namespace
}  // namespace relaypermit

#include "milter/recent_references.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

const std::optional<IpAddress> client = IpAddress::parse("198.51.100.7");
const std::optional<IpAddress> other = IpAddress::parse("198.51.100.8");
constexpr TimePoint now{std::chrono::seconds(1000)};

TEST(RecentReferences, FindsTheReferenceThatTheClientWasGiven) {
    RecentReferences recent;
    recent.remember(client, "7F3K2Q9D", now);
    EXPECT_TRUE(recent.given(client, "<x@y>: Recipient address rejected: No - ref 7F3K2Q9D", now));
    EXPECT_FALSE(recent.given(client, "<x@y>: Recipient address rejected: No - ref 7F3K2Q9E", now));
}

TEST(RecentReferences, TakesNothingThatAnotherClientWasGiven) {
    RecentReferences recent;
    recent.remember(other, "7F3K2Q9D", now);
    EXPECT_FALSE(recent.given(client, "No - ref 7F3K2Q9D", now));
    EXPECT_FALSE(recent.given(std::nullopt, "No - ref 7F3K2Q9D", now));
}

TEST(RecentReferences, LooksPastARecipientThatIsCalledRef) {
    RecentReferences recent;
    recent.remember(client, "7F3K2Q9D", now);
    EXPECT_FALSE(recent.given(client, "<\"ref ABCD1234\"@x>: Relay access denied", now));
    EXPECT_TRUE(recent.given(client, "<\"ref ABCD1234\"@x>: No - ref 7F3K2Q9D footer", now));
}

TEST(RecentReferences, ForgetsAfterAMinute) {
    RecentReferences recent;
    recent.remember(client, "7F3K2Q9D", now);
    EXPECT_TRUE(recent.given(client, "ref 7F3K2Q9D", now + RecentReferences::kept));
    EXPECT_FALSE(recent.given(client, "ref 7F3K2Q9D",
                              now + RecentReferences::kept + std::chrono::seconds(1)));
}

}  // namespace
}  // namespace relaypermit::testing

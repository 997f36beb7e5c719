#include "milter/recent_refusals.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

constexpr TimePoint now{std::chrono::seconds(1000)};

Facts delivery(const std::string& recipient = "<a@remote.example>",
               const std::string& sender = "<x@y.example>",
               const std::string& client = "198.51.100.7") {
    Facts facts;
    facts.client = IpAddress::parse(client);
    facts.sender_argument = sender;
    facts.recipients = {{"<first@remote.example>", {}}, {recipient, {}}};
    return facts;
}

TEST(RecentRefusals, AreTakenOnceForEachTimeTheyWereRemembered) {
    RecentRefusals recent;
    recent.remember(delivery(), "7F3K2Q9D", now);
    recent.remember(delivery(), "8F3K2Q9D", now);
    EXPECT_TRUE(recent.take(delivery(), now));
    EXPECT_TRUE(recent.take(delivery(), now));
    EXPECT_FALSE(recent.take(delivery(), now));
}

TEST(RecentRefusals, AreOfOneClientSenderAndRecipient) {
    RecentRefusals recent;
    recent.remember(delivery(), "7F3K2Q9D", now);
    EXPECT_FALSE(recent.take(delivery("<b@remote.example>"), now));
    EXPECT_FALSE(recent.take(delivery("<a@remote.example>", "<>"), now));
    EXPECT_FALSE(recent.take(delivery("<a@remote.example>", "<x@y.example>", "198.51.100.8"), now));
    Facts local = delivery();
    local.client.reset();
    EXPECT_FALSE(recent.take(local, now));
    EXPECT_TRUE(recent.take(delivery(), now));
}

TEST(RecentRefusals, KnowAnAddressInEveryFormInWhichMtasGiveIt) {
    RecentRefusals recent;
    recent.remember(delivery("<\"a b\"@remote.example>", "<x@y.example>"), "7F3K2Q9D", now);
    EXPECT_TRUE(recent.take(delivery("\"A b\"@Remote.Example.", "<\"x\"@Y.example>"), now));
    // Not readable, and the same all the same.
    recent.remember(delivery("<a@b@remote.example>", "<>"), "7F3K2Q9D", now);
    EXPECT_TRUE(recent.take(delivery("a@B@remote.example", ""), now));
}

TEST(RecentRefusals, TellLongAddressesApart) {
    RecentRefusals recent;
    const std::string same(2000, 'a');
    recent.remember(delivery("<" + same + "b@remote.example>"), "7F3K2Q9D", now);
    EXPECT_FALSE(recent.take(delivery("<" + same + "c@remote.example>"), now));
    EXPECT_TRUE(recent.take(delivery("<" + same + "b@remote.example>"), now));
}

TEST(RecentRefusals, AreKnownByTheReferenceAtTheEndOfWhatTheClientWasTold) {
    RecentRefusals recent;
    recent.remember(delivery(), "7F3K2Q9D", now);
    for (const char* told :
         {"5.7.1 No - ref 7F3K2Q9E", "5.7.1 <\"x ref 7F3K2Q9D\"@y>: User unknown",
          "5.7.1 No - ref 7F3K2Q9D footer", "5.7.1 No-ref 7F3K2Q9D", "7F3K2Q9D", ""})
        EXPECT_FALSE(recent.take(delivery(), told, now)) << told;
    EXPECT_FALSE(recent.take(delivery("<b@remote.example>"), "5.7.1 No - ref 7F3K2Q9D", now));
    EXPECT_TRUE(recent.take(delivery(), "5.7.1 No - ref 7F3K2Q9D", now));
    EXPECT_FALSE(recent.take(delivery(), now));
}

TEST(RecentRefusals, AreForgottenAfterAMinute) {
    RecentRefusals recent;
    recent.remember(delivery(), "7F3K2Q9D", now);
    recent.remember(delivery(), "8F3K2Q9D", now + std::chrono::seconds(1));
    EXPECT_TRUE(recent.take(delivery(), now + RecentRefusals::kept));
    recent.remember(delivery(), "9F3K2Q9D", now);
    EXPECT_FALSE(recent.take(delivery(), now + RecentRefusals::kept + std::chrono::seconds(2)));
}

TEST(RecentRefusals, AreForgottenWhereThereAreTooMany) {
    RecentRefusals recent;
    recent.remember(delivery(), "7F3K2Q9D", now);
    for (std::size_t n = 0; n < RecentRefusals::max_kept; ++n)
        recent.remember(delivery("<b@remote.example>"), "8F3K2Q9D", now);
    EXPECT_FALSE(recent.take(delivery(), now));
    EXPECT_TRUE(recent.take(delivery("<b@remote.example>"), now));
}

}  // namespace
}  // namespace relaypermit::testing

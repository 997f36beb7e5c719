#include "tool/inspect/abuse.h"

#include <gtest/gtest.h>

#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

Decision refusal(const std::string& login, const std::string& sender, int second,
                 Cause cause = Cause::sender_not_hosted) {
    Decision decision;
    decision.stored.time = decision.stored.last = sample_time(second);
    decision.stored.count = 1;
    decision.stored.record = sample_record();
    decision.stored.record.login = login;
    decision.stored.record.sender = sender;
    decision.stored.record.cause = cause;
    return decision;
}

std::string number(int i) {
    return std::to_string(i);
}

TEST(AbuseWatch, SuspectsManyForeignSendersWithinAnHour) {
    AbuseWatch watch;
    for (int i = 0; i < 5; ++i)
        watch.add(refusal("mallory@example.com", "x" + number(i) + "@spam.example", i * 600));
    const auto suspects = watch.suspects();
    ASSERT_EQ(suspects.size(), 1U);
    EXPECT_EQ(suspects[0].kind, Suspect::Kind::crowd);
    EXPECT_EQ(suspects[0].login, "mallory@example.com");
    EXPECT_EQ(suspects[0].refusals, 5U);
    EXPECT_EQ(suspects[0].in_an_hour, 5U);
    EXPECT_EQ(suspects[0].senders, 5U);
    EXPECT_EQ(suspects[0].from, sample_time(0));
    EXPECT_EQ(suspects[0].examples.size(), 3U);
}

// A theft is used from several networks; a program that passes mail on is in one place.
TEST(AbuseWatch, TakesManyForeignSendersForATheftWhereTheyComeFromSeveralNetworks) {
    AbuseWatch watch;
    for (int i = 0; i < 12; ++i) {
        Decision decision = refusal("mallory@example.com", "x" + number(i) + "@spam.example", i);
        decision.stored.record.client = "198.51." + number(i % 3) + ".7";
        watch.add(decision);
        decision = refusal("relay@example.com", "x" + number(i) + "@spam.example", i);
        decision.stored.record.client = "198.51." + number(i % 2) + ".7";
        watch.add(decision);
        // Own domains tell nothing of a theft.
        decision = refusal("carol@example.com", "x" + number(i) + "@shop.example.com", i,
                           Cause::sender_not_owned);
        decision.stored.record.client = "198.51." + number(i % 5) + ".7";
        watch.add(decision);
    }
    const auto suspects = watch.suspects();
    ASSERT_EQ(suspects.size(), 3U);
    EXPECT_EQ(suspects[0].login, "mallory@example.com");
    EXPECT_EQ(suspects[0].kind, Suspect::Kind::theft);
    EXPECT_EQ(suspects[0].networks, 3U);
    EXPECT_EQ(suspects[1].kind, Suspect::Kind::crowd);
    EXPECT_EQ(suspects[2].kind, Suspect::Kind::crowd);
}

TEST(AbuseWatch, DoesNotSuspectListsAndForwarders) {
    AbuseWatch watch;
    for (int i = 0; i < 60; ++i) {
        for (const std::string& sender : {"dev-bounces+u" + number(i) + "@lists.example",
                                          "SRS0=H" + number(i) + "=T=a.b=c@f.example",
                                          "news-u" + number(i) + "=gmail.com@lists.example"}) {
            watch.add(refusal("list@example.com", sender, i));
        }
    }
    // More a minute than were kept apart: a list's mail.
    Decision flood = refusal("list2@example.com", "dev-bounces+u1@lists.example", 0);
    flood.stored.varied = true;
    watch.add(flood);
    EXPECT_TRUE(watch.suspects().empty());
}

// The envelope is the login's own, and it comes from one place: visitors, or redirected mail.
TEST(AbuseWatch, DoesNotSuspectAWebForm) {
    AbuseWatch form;
    AbuseWatch everywhere;
    for (int i = 0; i < 30; ++i) {
        Decision decision = refusal("wp@example.com", "wp@example.com", i, Cause::from_not_owned);
        decision.stored.record.from = {"visitor" + number(i) + "@gmail.example"};
        form.add(decision);
        decision.stored.record.client = "198.51." + number(i) + ".7";
        everywhere.add(decision);
    }
    EXPECT_TRUE(form.suspects().empty());
    ASSERT_EQ(everywhere.suspects().size(), 1U);
    EXPECT_EQ(everywhere.suspects()[0].kind, Suspect::Kind::theft);
}

TEST(AbuseWatch, DoesNotSuspectAFewSendersSpreadOut) {
    AbuseWatch watch;
    for (int i = 0; i < 9; ++i)
        watch.add(refusal("erin@example.com", "x" + number(i) + "@spam.example", i * 900));
    EXPECT_TRUE(watch.suspects().empty());
}

TEST(AbuseWatch, SuspectsASlowTrickle) {
    AbuseWatch day;
    for (int i = 0; i < 10; ++i)
        day.add(refusal("mallory@example.com", "x" + number(i) + "@spam.example", i * 2 * 3600));
    EXPECT_EQ(day.suspects().size(), 1U);
    AbuseWatch month;
    for (int i = 0; i < 20; ++i)
        month.add(refusal("mallory@example.com", "x" + number(i) + "@spam.example", i * 86400));
    ASSERT_EQ(month.suspects().size(), 1U);
    EXPECT_EQ(month.suspects()[0].senders, 20U);
    EXPECT_EQ(month.suspects()[0].in_an_hour, 1U);
}

TEST(AbuseWatch, SuspectsAForeignSenderFromManyPlaces) {
    AbuseWatch watch;
    AbuseWatch neighbours;
    AbuseWatch own;
    for (int i = 0; i < 6; ++i) {
        Decision decision = refusal("mallory@example.com", "ceo@bank.example", i);
        decision.stored.record.client = "198.51." + number(i) + ".7";
        watch.add(decision);
        decision.stored.record.client = "198.51.100." + number(i);
        neighbours.add(decision);
        decision = refusal("mallory@example.com", "info@example.com", i, Cause::sender_not_owned);
        decision.stored.record.client = "198.51." + number(i) + ".7";
        own.add(decision);
    }
    EXPECT_EQ(watch.suspects().size(), 1U);
    EXPECT_TRUE(neighbours.suspects().empty());
    EXPECT_TRUE(own.suspects().empty());
}

TEST(AbuseWatch, TakesALoginForOneWhateverItsCase) {
    AbuseWatch watch;
    for (int i = 0; i < 6; ++i) {
        const std::string login = i % 2 == 0 ? "MALLORY@example.com" : "Mallory@Example.com";
        watch.add(refusal(login, "x" + number(i) + "@spam.example", i));
    }
    ASSERT_EQ(watch.suspects().size(), 1U);
    EXPECT_EQ(watch.suspects()[0].login, "mallory@example.com");
}

TEST(AbuseWatch, DoesNotSuspectOneWhoTriesTheSameAddressAllDay) {
    AbuseWatch watch;
    for (int i = 0; i < 500; ++i)
        watch.add(refusal("erin@example.com", "erin" + number(i % 3) + "@gmail.example", i));
    EXPECT_TRUE(watch.suspects().empty());
}

TEST(AbuseWatch, AllowsMoreSendersOfOnesOwnDomains) {
    AbuseWatch watch;
    for (int i = 0; i < 11; ++i) {
        watch.add(refusal("carol@example.com", "x" + number(i) + "@shop.example.com", i,
                          Cause::sender_not_owned));
    }
    EXPECT_TRUE(watch.suspects().empty());
    watch.add(refusal("carol@example.com", "x11@shop.example.com", 20, Cause::sender_not_owned));
    EXPECT_EQ(watch.suspects().size(), 1U);
}

TEST(AbuseWatch, CountsAnAddressOnceWhateverItsCase) {
    AbuseWatch watch;
    for (const char* sender : {"a@x.example", "A@x.example", "a@X.example", "b@x.example",
                               "B@x.example", "c@x.example", "d@x.example"}) {
        watch.add(refusal("erin@example.com", sender, 0));
    }
    EXPECT_TRUE(watch.suspects().empty());
}

TEST(AbuseWatch, SuspectsAFloodAtOnce) {
    AbuseWatch watch;
    Decision flood = refusal("mallory@example.com", "x@spam.example", 0);
    flood.stored.varied = true;
    flood.stored.count = 5000;
    watch.add(flood);
    EXPECT_EQ(watch.suspects().at(0).refusals, 5000U);
}

TEST(AbuseWatch, LooksAtLoginsAndOwnershipAlone) {
    AbuseWatch watch;
    for (int i = 0; i < 50; ++i) {
        watch.add(refusal("", "x" + number(i) + "@spam.example", i));
        watch.add(refusal("scanner@example.com", "x" + number(i) + "@spam.example", i,
                          Cause::recipient_not_allowed));
    }
    EXPECT_TRUE(watch.suspects().empty());
}

}  // namespace
}  // namespace relaypermit

#include "record/flood.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

// Plays the store: gives out rows, and answers which one a decision went to.
class Rows {
  public:
    std::int64_t put(const Record& record, int second) {
        place = flood.place(record, sample_time(second));
        if (place.row != 0) return place.row;
        flood.placed(++last);
        return last;
    }
    Flood flood{};
    Flood::Place place{};
    std::int64_t last{};
};

TEST(Flood, GivesTheSameRefusalOneRowForTenMinutes) {
    Rows rows;
    EXPECT_EQ(rows.put(sample_record(1), 0), 1);
    EXPECT_EQ(rows.put(sample_record(2), 1), 1);
    EXPECT_FALSE(rows.place.varied);
    EXPECT_TRUE(rows.place.keep_reference);
    EXPECT_EQ(rows.put(sample_record(3), 599), 1);
    EXPECT_EQ(rows.put(sample_record(4), 600), 2);
}

TEST(Flood, KeepsApartWhateverDiffersButIdsAndReply) {
    const Record base = sample_record();
    std::vector<Record> others(16, base);
    others[0].client = "198.51.100.8";
    others[1].sender = "carol@example.com";
    others[2].login = "dave@example.com";
    others[3].recipients = {"x@remote.example"};
    others[4].from = {};
    others[5].helo = "laptop";
    others[6].cause = Cause::sender_not_hosted;
    others[7].verdict = Outcome::tempfail;
    others[8].port = 465;
    others[9].rules = {};
    others[10].also = {};
    others[11].tls = "";
    others[12].recipient_count = 3;
    others[13].header_sender = "";
    others[14].mechanism = "LOGIN";
    others[15].agent = "";
    Rows rows;
    EXPECT_EQ(rows.put(base, 0), 1);
    std::int64_t expected = 1;
    for (const Record& other : others) EXPECT_EQ(rows.put(other, 1), ++expected);
}

TEST(Flood, IsNotFooledByFieldsThatRunIntoEachOther) {
    Record a = sample_record();
    a.sender = "x";
    a.header_sender = "y1:z";
    Record b = a;
    b.sender = "xy1:z";
    b.header_sender = "";
    Rows rows;
    EXPECT_NE(rows.put(a, 0), rows.put(b, 0));
}

TEST(Flood, GivesEveryAcceptedOrMonitoredMessageItsOwnRow) {
    Rows rows;
    Record monitored = sample_record();
    monitored.verdict = Outcome::monitor;
    EXPECT_EQ(rows.put(sample_accept(), 0), 1);
    EXPECT_EQ(rows.put(sample_accept(), 0), 2);
    EXPECT_EQ(rows.put(monitored, 0), 3);
    EXPECT_EQ(rows.put(monitored, 0), 4);
}

TEST(Flood, GathersAClientThatChangesItsWordsEveryTime) {
    Rows rows;
    Record record = sample_record();
    std::int64_t last = 0;
    for (unsigned i = 0; i < 5000; ++i) {
        record.sender = "s" + std::to_string(i) + "@example.com";
        last = rows.put(record, 5);
    }
    EXPECT_EQ(last, 101);
    EXPECT_TRUE(rows.place.varied);
    // Another client is not affected, nor is this one's next minute.
    record.client = "198.51.100.8";
    EXPECT_EQ(rows.put(record, 5), 102);
    record.client = "198.51.100.7";
    record.sender = "new@example.com";
    EXPECT_EQ(rows.put(record, 61), 103);
    EXPECT_FALSE(rows.place.varied);
}

TEST(Flood, CountsAnIpv6NetworkAsOneClient) {
    Rows rows;
    Record record = sample_record();
    for (unsigned i = 0; i < 300; ++i) {
        record.client = "2001:db8:0:1::" + std::to_string(i + 1);
        static_cast<void>(rows.put(record, 5));
    }
    EXPECT_EQ(rows.last, 101);
    record.client = "2001:db8:0:2::1";
    static_cast<void>(rows.put(record, 5));
    EXPECT_EQ(rows.last, 102);
}

TEST(Flood, KeepsTheReferencesOfTheFirstThousandOnly) {
    Rows rows;
    int kept = 0;
    for (unsigned i = 0; i < 3000; ++i) {
        static_cast<void>(rows.put(sample_record(i), 5));
        kept += rows.place.keep_reference ? 1 : 0;
    }
    EXPECT_EQ(rows.last, 1);
    EXPECT_EQ(kept, 999);
}

TEST(Flood, BeginsANewRowWhenTheOldOneIsGone) {
    Rows rows;
    EXPECT_EQ(rows.put(sample_record(1), 0), 1);
    rows.flood.gone(1);
    EXPECT_EQ(rows.put(sample_record(1), 0), 2);
    rows.flood.forget();
    EXPECT_EQ(rows.put(sample_record(1), 0), 3);
}

TEST(Flood, RemembersABoundedNumber) {
    Rows rows;
    Record record = sample_record();
    for (unsigned i = 0; i < Flood::max_remembered + 10; ++i) {
        record.client = "10." + std::to_string(i >> 16U) + "." + std::to_string(i >> 8U & 255U) +
                        "." + std::to_string(i & 255U);
        static_cast<void>(rows.put(record, 0));
    }
    // The first was forgotten and begins anew; the last is remembered.
    const std::int64_t last = rows.last;
    EXPECT_EQ(rows.put(record, 1), last);
    record.client = "10.0.0.0";
    EXPECT_EQ(rows.put(record, 1), last + 1);
}

}  // namespace
}  // namespace relaypermit

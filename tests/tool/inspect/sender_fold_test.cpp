#include "tool/inspect/sender_fold.h"

#include <gtest/gtest.h>

#include "policy/pattern.h"

namespace relaypermit {
namespace {

using Kind = FoldedSender::Kind;

struct Case {
    const char* address;
    const char* pattern;
    Kind kind;
    const char* base;
};

TEST(SenderFold, KeepsWhatStaysTheSameFromMessageToMessage) {
    const Case cases[] = {
        {"Alice@Example.com", "alice@example.com", Kind::plain, "alice@example.com"},
        {"alice+news@example.com", "alice@example.com", Kind::subaddress, "alice@example.com"},
        {"dev-bounces+u1@lists.example", "dev-bounces@lists.example", Kind::subaddress,
         "dev-bounces@lists.example"},
        {"dev-bounces+u1=gmail.com@lists.example", "dev-bounces@lists.example", Kind::subaddress,
         "dev-bounces@lists.example"},
        {"dev-bounces-u1=gmail.com@lists.example", "dev-bounces-*@lists.example", Kind::verp,
         "dev-bounces@lists.example"},
        {"dev-return-47-u1=gmail.com@lists.example", "dev-return-*@lists.example", Kind::verp,
         "dev-return@lists.example"},
        {"bounce-12345-9@news.example", "bounce-*@news.example", Kind::verp, "bounce@news.example"},
        {"dev-team-u1=gmail.com@lists.example", "dev-team-*@lists.example", Kind::verp,
         "dev-team@lists.example"},
        {"SRS0=HHH=TT=gmail.com=joe@fwd.example", "SRS0=*@fwd.example", Kind::srs,
         "srs0=hhh=tt=gmail.com=joe@fwd.example"},
        {"SRS0+HHH=TT=gmail.com=joe@fwd.example", "SRS0+*@fwd.example", Kind::srs,
         "srs0+hhh=tt=gmail.com=joe@fwd.example"},
        {"srs1=HHH=other.example==HHH=TT=gmail.com=joe@fwd.example", "SRS1=*@fwd.example",
         Kind::srs, "srs1=hhh=other.example==hhh=tt=gmail.com=joe@fwd.example"},
        {"prvs=2945abcdef=alice@example.com", "*=alice@example.com", Kind::batv,
         "alice@example.com"},
        {"prvs=2945abcdef=alice+x@example.com", "*=alice@example.com", Kind::batv,
         "alice@example.com"},
        {"btv1==294abc012==alice@example.com", "*=alice@example.com", Kind::batv,
         "alice@example.com"},
    };
    for (const Case& each : cases) {
        const FoldedSender folded = folded_sender(each.address, "+");
        EXPECT_EQ(folded.pattern, each.pattern) << each.address;
        EXPECT_EQ(folded.kind, each.kind) << each.address;
        EXPECT_EQ(folded.base, each.base) << each.address;
        EXPECT_EQ(folded.in_words().empty(), each.kind == Kind::plain) << each.address;
        // What it is folded to is a pattern that a policy takes, and that matches it.
        const auto pattern = Pattern::parse(folded.pattern, PatternRole::sender);
        ASSERT_TRUE(pattern) << each.address;
        const auto address = parse_address(each.address);
        ASSERT_TRUE(address) << each.address;
        EXPECT_TRUE(pattern->matches(*address) ||
                    pattern->matches(without_subaddress(*address, "+")))
            << each.address;
    }
}

TEST(SenderFold, LeavesPeopleAndOfficesAlone) {
    for (const char* address :
         {"mary-jane@example.com", "return-policy@shop.example", "bounce@example.com",
          "bounces-team@example.com", "a=b@example.com", "prvs=alice@example.com",
          "srs0@example.com", "prvs=shop=alice@example.com", "\"a+b\"@example.com", "alice", ""}) {
        EXPECT_EQ(folded_sender(address, "+").pattern, address);
        EXPECT_EQ(folded_sender(address, "+").kind, Kind::plain);
    }
}

TEST(SenderFold, CutsWhereThePolicyCuts) {
    EXPECT_EQ(folded_sender("alice-news@example.com", "-").pattern, "alice@example.com");
    EXPECT_EQ(folded_sender("alice+news@example.com", "").pattern, "alice+news@example.com");
    EXPECT_EQ(folded_sender("dev-bounces+u1@lists.example", "").pattern,
              "dev-bounces+*@lists.example");
    // Never the whole of what begins with dev-.
    EXPECT_EQ(folded_sender("dev-bounces-u1=x.org@lists.example", "-").pattern,
              "dev-bounces-*@lists.example");
}

}  // namespace
}  // namespace relaypermit

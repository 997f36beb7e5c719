#include "tool/inspect/replay.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "config/load.h"
#include "policy/reply.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tool/base/when.h"

namespace relaypermit {
namespace {

constexpr const char* base =
    "[relay]\nhosted_domains = [\"example.com\"]\n[login]\ndefault_realm = \"example.com\"\n";

Record refused(const std::string& login, const std::string& sender, unsigned number) {
    Record record = sample_refusal_at_mail(number);
    record.login = login;
    record.sender = sender;
    return record;
}

Record accepted(const std::string& login, unsigned number) {
    Record record = sample_accept(number);
    record.login = record.sender = login;
    record.from = {login};
    return record;
}

TEST(Replay, GroupsWhatChangesByHowItChanges) {
    const auto loaded =
        load_policy_text(std::string(base) +
                             "[[alias]]\nid = \"orders\"\nlogins = [\"alice\", \"bob\"]\n"
                             "senders = [\"orders@example.com\"]\n"
                             "[[restrict]]\nid = \"gone\"\nlogins = [\"dave\"]\nsuspended = true\n",
                         "p.toml", "mail.example.com");
    ASSERT_TRUE(loaded.policy);
    Replay replay{*loaded.policy};
    std::int64_t id = 0;
    const auto add = [&](const Record& record, std::uint64_t count) {
        Decision decision;
        decision.stored = {.id = ++id,
                           .time = sample_time(),
                           .last = sample_time(),
                           .count = count,
                           .record = record};
        replay.add(decision);
    };
    add(refused("alice@example.com", "orders@example.com", 1), 5);
    add(refused("bob@example.com", "orders@example.com", 2), 2);
    add(refused("bob@example.com", "ceo@example.com", 3), 1);
    add(accepted("dave@example.com", 4), 3);
    add(accepted("alice@example.com", 5), 10);
    Record unknown = refused("alice@example.com", "x@example.com", 6);
    unknown.cause = Cause::lookup_failed;
    add(unknown, 4);
    // Of a row for a flood only the first decision is on record.
    Decision flood;
    flood.stored = {.id = ++id,
                    .time = sample_time(),
                    .last = sample_time(),
                    .count = 400,
                    .varied = true,
                    .record = refused("alice@example.com", "orders@example.com", 7)};
    replay.add(flood);

    EXPECT_EQ(replay.decisions(), 425U);
    EXPECT_EQ(replay.changed(), 10U);
    EXPECT_EQ(replay.unjudged().at(Unjudged::lookup_failed), 4U);
    EXPECT_EQ(replay.unjudged().at(Unjudged::varied), 400U);
    const auto groups = replay.groups();
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].change, Change::newly_refused);
    EXPECT_EQ(groups[0].after, Cause::account_suspended);
    EXPECT_EQ(groups[0].rules, std::vector<std::string>{"gone"});
    EXPECT_EQ(groups[0].count, 3U);
    EXPECT_EQ(groups[0].people, std::set<std::string>{"dave@example.com"});
    EXPECT_EQ(groups[1].change, Change::passes_stage);
    EXPECT_EQ(groups[1].before, Cause::sender_not_owned);
    EXPECT_EQ(groups[1].count, 7U);
    EXPECT_EQ(groups[1].people.size(), 2U);
    EXPECT_EQ(groups[1].examples.size(), 2U);
}

TEST(ReplayCommand, ExitsWithOneWhereAnythingChanges) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const std::string same = scratch.write("same.toml", base);
    const std::string other =
        scratch.write("other.toml", std::string(base) +
                                        "[[alias]]\nid = \"orders\"\nlogins = [\"alice\"]\n"
                                        "senders = [\"orders@example.com\"]\n");
    const std::string log = sample_log(
        {refused("alice@example.com", "orders@example.com", 1), accepted("alice@example.com", 2)});
    const auto unchanged = run_relaypermit({"replay", "--policy", same, "--maillog", "-"}, log);
    EXPECT_EQ(unchanged.exit, Exit::fine) << unchanged.err;
    EXPECT_EQ(unchanged.out,
              "2 decisions since 2026-05-26 12:00:00 under " + same + ": nothing changes\n");
    const auto changed = run_relaypermit({"replay", "--policy", other, "--maillog", "-"}, log);
    EXPECT_EQ(changed.exit, Exit::finding);
    EXPECT_EQ(changed.out,
              "2 decisions since 2026-05-26 12:00:00 under " + other +
                  ": 1 change\n\n"
                  "no longer refused at MAIL  (what would have come next is not on record)\n"
                  "       1  sender-not-owned -> passes, rule orders, alice@example.com\n"
                  "          2026-06-01 12:00:00 00000001 alice@example.com (198.51.100.7 port "
                  "587), as orders@example.com\n");
    const auto json =
        run_relaypermit({"replay", "--policy", other, "--maillog", "-", "--json"}, log);
    EXPECT_EQ(json.exit, Exit::finding);
    EXPECT_TRUE(json.out.starts_with("{\n  \"decisions\": 2,\n  \"changed\": 1,\n")) << json.out;
    EXPECT_NE(json.out.find("\"change\": \"no-longer-refused-there\""), std::string::npos);
}

TEST(ReplayCommand, SaysWhatMonitorModeObjectsToNoLonger) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const std::string policy =
        scratch.write("new.toml", "mode = \"monitor\"\n" + std::string(base) +
                                      "[[alias]]\nid = \"orders\"\nlogins = [\"alice\"]\n"
                                      "senders = [\"orders@example.com\"]\n");
    Record record = refused("alice@example.com", "orders@example.com", 1);
    record.verdict = Outcome::monitor;
    const auto ran =
        run_relaypermit({"replay", "--policy", policy, "--maillog", "-"}, sample_log({record}));
    EXPECT_EQ(ran.exit, Exit::finding);
    EXPECT_NE(ran.out.find("no longer objected to  (only monitored: these went through)\n"
                           "       1  sender-not-owned (monitored) -> nothing, rule orders, "
                           "alice@example.com\n"),
              std::string::npos)
        << ran.out;
}

TEST(ReplayCommand, SaysWhyItCannot) {
    const ScratchDirectory scratch;
    EXPECT_EQ(run_relaypermit({"replay"}).err, "relaypermit: replay needs --policy FILE\n");
    const auto broken = run_relaypermit(
        {"replay", "--policy", scratch.write("p.toml", "mood = 1\n"), "--maillog", "-"});
    EXPECT_EQ(broken.exit, Exit::failed);
    EXPECT_NE(broken.err.find("p.toml:1:1: error: "), std::string::npos) << broken.err;
}

}  // namespace
}  // namespace relaypermit

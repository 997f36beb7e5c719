// What a table that is down, slow or hung costs, and what may still be used of it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tables/table_lookups.h"
#include "tests/tables/fake_rows.h"

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const Login bob{"bob", "example.com"};

struct Outage {
    explicit Outage(std::uint32_t stale_s = 0, TableBy by = TableBy::login,
                    std::uint32_t timeout_ms = 600'000)
        : lookups(
              {{settings("t", by, stale_s, timeout_ms), table},
               {settings("well", TableBy::login, 0, 600'000), well}},
              [this] { return std::chrono::steady_clock::time_point(now.load()); },
              [this](const std::string& line) {
                  const std::lock_guard lock(mutex);
                  reported.push_back(line);
              },
              {}, {"example.com", {}, "mail.example.com", "+"}) {}
    ~Outage() { table->hang(false); }
    static TableSettings settings(const std::string& id, TableBy by, std::uint32_t stale_s,
                                  std::uint32_t timeout_ms) {
        TableSettings settings{id, timeout_ms, 30, {}};
        settings.by = by;
        settings.stale_s = stale_s;
        return settings;
    }
    TableAnswer ask_about(const std::string& address) {
        return lookups.ask({Question::Kind::table, "t", parse_address(address).value()}, bob);
    }

    std::shared_ptr<FakeRows> table = std::make_shared<FakeRows>();
    std::shared_ptr<FakeRows> well = std::make_shared<FakeRows>();
    std::atomic<std::chrono::milliseconds> now{1'000'000ms};
    std::mutex mutex{};
    Lines reported{};
    TableLookups lookups;
};

// --- stale_s -----------------------------------------------------------------------------------

TEST(TableOutage, UsesAnOldYesForStaleSecondsAndNoLonger) {
    Outage bench(60);
    bench.table->set("bob@example.com", "info@example.com");
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    bench.table->fail("away");
    bench.now = 1'042'000ms;
    TableAnswer answer = bench.lookups.ask("t", bob);
    EXPECT_FALSE(answer.known) << "what it does not grant is not known to be refused";
    EXPECT_EQ(answer.why, "away");
    ASSERT_EQ(answer.senders.size(), 1U);
    EXPECT_EQ(answer.stale_s, 12U);
    bench.now = 1'089'999ms;
    EXPECT_EQ(bench.lookups.ask("t", bob).senders.size(), 1U);
    bench.now = 1'090'000ms;
    answer = bench.lookups.ask("t", bob);
    EXPECT_FALSE(answer.known);
    EXPECT_TRUE(answer.senders.empty());
    EXPECT_EQ(answer.stale_s, 0U);
}

TEST(TableOutage, UsesNoOldYesWhereStaleIsOff) {
    Outage bench(0);
    bench.table->set("bob@example.com", "info@example.com");
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    bench.table->fail("away");
    bench.now = 1'030'000ms;
    const TableAnswer answer = bench.lookups.ask("t", bob);
    EXPECT_FALSE(answer.known);
    EXPECT_TRUE(answer.senders.empty());
}

TEST(TableOutage, TakesWhatTheTableSaysNowOverAnOldYes) {
    Outage bench(3600);
    bench.table->set("bob@example.com", "info@example.com");
    EXPECT_EQ(bench.lookups.ask("t", bob).senders.size(), 1U);
    bench.table->remove("bob@example.com");
    bench.now = 1'031'000ms;
    const TableAnswer answer = bench.lookups.ask("t", bob);
    EXPECT_TRUE(answer.known);
    EXPECT_TRUE(answer.senders.empty());
    bench.table->fail("away");
    bench.now = 1'045'000ms;
    EXPECT_TRUE(bench.lookups.ask("t", bob).senders.empty()) << "the yes is no longer there";
}

TEST(TableOutage, UsesAnOldYesBySenderByTheKeysThatLedToIt) {
    Outage bench(60, TableBy::sender);
    bench.table->set("@example.org", "bob@example.com");
    EXPECT_EQ(bench.ask_about("info@example.org").key, "@example.org");
    bench.table->fail("away");
    bench.now = 1'035'000ms;
    TableAnswer answer = bench.ask_about("info@example.org");
    EXPECT_FALSE(answer.known);
    EXPECT_EQ(answer.key, "@example.org");
    EXPECT_EQ(answer.logins.size(), 1U);
    EXPECT_EQ(answer.stale_s, 25U) << "of the empty answer for the address, kept for 10 s";
    answer = bench.ask_about("sales@example.org");
    EXPECT_TRUE(answer.logins.empty()) << "nobody knows whether that address hides its domain";
    EXPECT_EQ(answer.stale_s, 0U);
}

// --- The circuit breaker -----------------------------------------------------------------------

TEST(TableOutage, IsNotAskedForAWhileAfterFiveFailures) {
    Outage bench(3600);
    bench.table->set("bob@example.com", "info@example.com");
    (void)bench.lookups.ask("t", bob);
    bench.table->fail("away");
    (void)bench.table->asked();
    for (int n = 0; n < 20; ++n)
        EXPECT_FALSE(bench.lookups.ask("t", {"user" + std::to_string(n), "x"}).known);
    EXPECT_EQ(bench.table->asked().size(), 5U);
    EXPECT_EQ(bench.reported, Lines{"alias table t is not asked for a while: 5 lookups in a row "
                                    "have failed: away"});
    EXPECT_EQ(bench.lookups.fault("t"),
              "not asked but for a try now and then, as 5 lookups in a row have failed: away");
    bench.now = 1'120'000ms;  // nobody has asked since, and it may be back
    EXPECT_NE(bench.lookups.fault("t"), "");
    bench.now = 1'120'001ms;
    EXPECT_EQ(bench.lookups.fault("t"), "");
    bench.now = 1'000'000ms;
    // While it is, what is kept counts, and an old yes does.
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    bench.table->fail("");
    bench.now = 1'030'500ms;  // one probe, which succeeds
    EXPECT_TRUE(bench.lookups.ask("t", {"user1", "x"}).known);
    EXPECT_EQ(bench.reported.back(), "alias table t answers again");
    EXPECT_EQ(bench.lookups.fault("t"), "");
    EXPECT_TRUE(bench.lookups.ask("t", {"user2", "x"}).known);
}

TEST(TableOutage, IsNoneWhereTheTableIsOnlyNotAskedForSuchALogin) {
    Outage bench;
    for (int n = 0; n < 20; ++n)
        EXPECT_EQ(bench.lookups.ask("t", {"'" + std::to_string(n), "x"}).why, "a quote");
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    EXPECT_TRUE(bench.reported.empty());
}

TEST(TableOutage, UsesAnOldYesWhileItIsNotAsked) {
    Outage bench(3600);
    bench.table->set("bob@example.com", "info@example.com");
    (void)bench.lookups.ask("t", bob);
    bench.now = 1'031'000ms;
    bench.table->fail("away");
    for (int n = 0; n < 5; ++n) (void)bench.lookups.ask("t", {"user" + std::to_string(n), "x"});
    (void)bench.table->asked();
    const TableAnswer answer = bench.lookups.ask("t", bob);
    EXPECT_FALSE(answer.known);
    EXPECT_EQ(answer.why, "not asked, as 5 lookups in a row have failed");
    EXPECT_EQ(answer.senders.size(), 1U);
    EXPECT_TRUE(bench.table->asked().empty());
}

// --- Who waits ---------------------------------------------------------------------------------

TEST(TableOutage, KeepsOnlyThoseWaitingWhoAskTheTableThatHangs) {
    Outage bench;
    bench.well->set("bob@example.com", "info@example.com");
    bench.table->hang(true);
    std::vector<std::thread> stuck;
    for (int n = 0; n < 8; ++n)
        stuck.emplace_back([&, n] {
            (void)bench.lookups.ask("t", {"user" + std::to_string(n), "x"});
        });
    bench.table->wait_until_asked(TableWorker::usual_threads);
    for (int n = 0; n < 100; ++n)
        EXPECT_TRUE(bench.lookups.ask("well", {"user" + std::to_string(n), "x"}).known);
    EXPECT_EQ(bench.lookups.ask("well", bob).senders.size(), 1U);
    bench.table->hang(false);
    for (std::thread& thread : stuck) thread.join();
}

TEST(TableOutage, WaitsForAllKeysOfAnAddressNoLongerThanForOne) {
    Outage bench(0, TableBy::sender, 50);
    bench.table->hang(true);
    const auto since = std::chrono::steady_clock::now();
    EXPECT_EQ(bench.ask_about("info+x@example.com").why, "timed out after 50 ms");
    EXPECT_LT(std::chrono::steady_clock::now() - since, 10s);
    bench.table->wait_until_asked(1);
    EXPECT_EQ(bench.table->asked().size(), 1U);
}

}  // namespace
}  // namespace relaypermit::testing

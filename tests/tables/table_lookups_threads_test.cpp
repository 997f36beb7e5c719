#include "tables/table_lookups.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <thread>

#include "tables/sasl_table.h"
#include "tests/support/sasl_directory.h"

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;

// Answers with the login's own name as a pattern; can be closed, and then hangs.
class FakeTable : public AliasTable {
  public:
    TableResult look_up(const TableKey& key) override {
        const Login& login = key.login;
        std::unique_lock lock(mutex_);
        ++asked_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
        if (!why_.empty()) return {false, {}, {}, why_};
        if (login.user == "nobody") return {true, false, {}, "not found"};
        return {true, true, {to_string(login), no_pattern_}, "found"};
    }
    void open(bool is_open) {
        const std::lock_guard lock(mutex_);
        open_ = is_open;
        changed_.notify_all();
    }
    void fail(std::string why) {
        const std::lock_guard lock(mutex_);
        why_ = std::move(why);
    }
    void say_instead(std::string no_pattern) {
        const std::lock_guard lock(mutex_);
        no_pattern_ = std::move(no_pattern);
    }
    int asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    void wait_until_asked(int times) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return asked_ >= times; });
    }

  private:
    std::mutex mutex_{};
    std::condition_variable changed_{};
    bool open_{true};
    int asked_{};
    std::string why_{};
    std::string no_pattern_{"no@pattern@"};
};

struct Bench {
    explicit Bench(std::uint32_t timeout_ms, std::uint32_t cache_s = 30)
        : lookups(
              {{TableSettings{"t", timeout_ms, cache_s, {}}, table}},
              [this] { return std::chrono::steady_clock::time_point(now.load()); },
              [this](const std::string& line) {
                  const std::lock_guard lock(mutex);
                  reported.push_back(line);
              },
              [this](const std::string& id, const LookedUp& lookup) {
                  const std::lock_guard lock(mutex);
                  EXPECT_GE(lookup.took.count(), 0);
                  ignored += lookup.ignored;
                  watched.push_back(id + (lookup.known ? " known" : " not known") +
                                    (lookup.cached ? ", cached" : ""));
              }) {}
    ~Bench() { table->open(true); }

    std::shared_ptr<FakeTable> table = std::make_shared<FakeTable>();
    std::atomic<std::chrono::seconds> now{1000s};
    std::mutex mutex{};
    std::vector<std::string> reported{};
    std::vector<std::string> watched{};
    std::size_t ignored{};
    TableLookups lookups;
};

constexpr std::uint32_t patient_ms = 600'000;  // never reached: the fake answers
constexpr std::uint32_t hasty_ms = 1;          // always reached: the fake is closed

TEST(TableLookups, AnswersFromTheCacheUntilItIsOld) {
    Bench bench(patient_ms);
    const Login bob{"bob", "example.com"};
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    EXPECT_EQ(bench.table->asked(), 1);
    bench.now = 1030s;
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    EXPECT_EQ(bench.table->asked(), 2);
}

TEST(TableLookups, TellsOfEachLookup) {
    Bench bench(patient_ms);
    const Login bob{"bob", "example.com"};
    (void)bench.lookups.ask("t", bob);
    (void)bench.lookups.ask("t", bob);
    bench.table->fail("away");
    (void)bench.lookups.ask("t", {"carol", "example.com"});
    (void)bench.lookups.ask("elsewhere", bob);
    EXPECT_EQ(bench.watched, (std::vector<std::string>{"t known", "t known, cached", "t not known",
                                                       "elsewhere not known"}));
}

TEST(TableLookups, TellsOfALookupThatTookTooLong) {
    Bench bench(hasty_ms);
    bench.table->open(false);
    (void)bench.lookups.ask("t", {"bob", "example.com"});
    const std::lock_guard lock(bench.mutex);
    EXPECT_EQ(bench.watched, std::vector<std::string>{"t not known"});
}

TEST(TableLookups, KeepsThatThereIsNothingForALogin) {
    Bench bench(patient_ms);
    const Login nobody{"nobody", "example.com"};
    for (int round = 0; round < 2; ++round) {
        const TableAnswer answer = bench.lookups.ask("t", nobody);
        EXPECT_TRUE(answer.known);
        EXPECT_TRUE(answer.senders.empty());
    }
    bench.now = 1009s;
    (void)bench.lookups.ask("t", nobody);
    EXPECT_EQ(bench.table->asked(), 1);
    bench.now = 1010s;
    (void)bench.lookups.ask("t", nobody);
    EXPECT_EQ(bench.table->asked(), 2);
}

TEST(TableLookups, NeverAnswersForALoginOfAnotherCase) {
    Bench bench(patient_ms);
    ASSERT_EQ(bench.lookups.ask("t", {"bob", "example.com"}).senders.size(), 1U);
    const TableAnswer other = bench.lookups.ask("t", {"BOB", "example.com"});
    ASSERT_EQ(other.senders.size(), 1U);
    EXPECT_EQ(bench.table->asked(), 2);
    EXPECT_EQ(other.senders[0].text(), "BOB@example.com");
}

TEST(TableLookups, KeepsNothingWhereTheCacheIsOff) {
    Bench bench(patient_ms, 0);
    (void)bench.lookups.ask("t", {"bob", "example.com"});
    (void)bench.lookups.ask("t", {"bob", "example.com"});
    EXPECT_EQ(bench.table->asked(), 2);
}

TEST(TableLookups, IgnoresAndReportsAnEntryThatIsNoPattern) {
    Bench bench(patient_ms);
    const TableAnswer answer = bench.lookups.ask("t", {"bob", "example.com"});
    ASSERT_EQ(answer.senders.size(), 1U);
    EXPECT_EQ(answer.senders[0].text(), "bob@example.com");
    ASSERT_EQ(bench.reported.size(), 1U);
    EXPECT_EQ(
        bench.reported[0],
        "alias table t: entry `no@pattern@` of login bob@example.com is no sender pattern and "
        "is ignored: `no@pattern@` is not an address: more than one @");
}

TEST(TableLookups, ReportsNoTextThatMayBeAPassword) {
    Bench bench(patient_ms, 0);
    for (const std::string secret : {"hunter2", "/hunter2", "{SSHA}hunter2==", "hunter-2"}) {
        bench.table->say_instead(secret);
        EXPECT_EQ(bench.lookups.ask("t", {"bob", "example.com"}).senders.size(), 1U);
        EXPECT_EQ(
            bench.reported.back(),
            "alias table t: entry without @ of login bob@example.com is no sender pattern and "
            "is ignored: not shown, as it may be a password");
    }
    EXPECT_EQ(bench.reported.size(), 4U);
    // Once for each.
    EXPECT_EQ(bench.lookups.ask("t", {"carol", "example.com"}).senders.size(), 1U);
    EXPECT_EQ(bench.reported.size(), 4U);
}

// A column of bare names must not fill the log, whoever of 200,000 is looked up.
TEST(TableLookups, ReportsAHundredEntriesAndThenThatThereAreMore) {
    Bench bench(patient_ms, 0);
    std::size_t ignored = 0;
    for (int n = 0; n < 150; ++n) {
        bench.table->say_instead("name" + std::to_string(n));
        EXPECT_EQ(bench.lookups.ask("t", {"bob", "example.com"}).senders.size(), 1U);
        ++ignored;
    }
    ASSERT_EQ(bench.reported.size(), 101U);
    EXPECT_EQ(bench.reported.back(),
              "alias table t: further entries that are ignored are only counted");
    EXPECT_EQ(bench.ignored, ignored);
    bench.lookups.forget_what_was_said();
    EXPECT_EQ(bench.lookups.ask("t", {"bob", "example.com"}).senders.size(), 1U);
    EXPECT_EQ(bench.reported.size(), 102U);
}

// Threads that cannot be started while this lives: none gets a stack of this size.
class NoThreads {
  public:
    NoThreads() {
        pthread_getattr_default_np(&usual_);
        pthread_attr_t wanted;
        pthread_attr_init(&wanted);
        pthread_attr_setstacksize(&wanted, std::numeric_limits<std::size_t>::max() / 2);
        pthread_setattr_default_np(&wanted);
        pthread_attr_destroy(&wanted);
    }
    ~NoThreads() {
        pthread_setattr_default_np(&usual_);
        pthread_attr_destroy(&usual_);
    }
    NoThreads(const NoThreads&) = delete;
    NoThreads& operator=(const NoThreads&) = delete;

  private:
    pthread_attr_t usual_{};
};

TEST(TableLookups, ComesBackFromATimeWithoutThreads) {
    Bench bench(patient_ms);
    const Login bob{"bob", "example.com"};
    {
        const NoThreads none;
        for (int n = 0; n < 100; ++n) {
            const TableAnswer answer = bench.lookups.ask("t", bob);
            EXPECT_FALSE(answer.known);
            EXPECT_EQ(answer.why, "no thread could be started for the lookup");
        }
    }
    EXPECT_EQ(bench.table->asked(), 0);
    EXPECT_TRUE(bench.lookups.ask("t", bob).known);
    EXPECT_EQ(bench.table->asked(), 1);
}

TEST(TableLookups, DoesWithTheThreadsThatItHas) {
    Bench bench(patient_ms);
    EXPECT_TRUE(bench.lookups.ask("t", {"bob", "example.com"}).known);
    const NoThreads none;
    EXPECT_TRUE(bench.lookups.ask("t", {"carol", "example.com"}).known);
    EXPECT_EQ(bench.table->asked(), 2);
}

TEST(TableLookups, DoesNotKeepAFailure) {
    Bench bench(patient_ms);
    bench.table->fail("connection refused");
    const TableAnswer answer = bench.lookups.ask("t", {"bob", "example.com"});
    EXPECT_FALSE(answer.known);
    EXPECT_EQ(answer.why, "connection refused");
    bench.table->fail("");
    EXPECT_TRUE(bench.lookups.ask("t", {"bob", "example.com"}).known);
}

TEST(TableLookups, GivesUpOnATableThatHangsAndProbesItLater) {
    Bench bench(hasty_ms);
    bench.table->open(false);
    for (int n = 0; n < 4; ++n) {
        const TableAnswer answer = bench.lookups.ask("t", {"user" + std::to_string(n), "x"});
        EXPECT_FALSE(answer.known);
        EXPECT_EQ(answer.why, "timed out after 1 ms");
        bench.table->wait_until_asked(n + 1);
    }
    EXPECT_EQ(bench.lookups.ask("t", {"probe", "x"}).why, "timed out after 1 ms");
    // From now on nobody waits, until a probe is due.
    EXPECT_EQ(bench.lookups.ask("t", {"another", "x"}).why,
              "not asked, as 5 lookups in a row have failed");
    EXPECT_EQ(bench.lookups.ask("t", {"user0", "x"}).why, "an earlier lookup has not come back");
    bench.now = 1002s;
    EXPECT_EQ(bench.lookups.ask("t", {"another", "x"}).why, "timed out after 1 ms");
    EXPECT_EQ(bench.lookups.ask("t", {"more", "x"}).why,
              "not asked, as 5 lookups in a row have failed");
}

TEST(TableLookups, KnowsNoTableThatItWasNotGiven) {
    Bench bench(patient_ms);
    EXPECT_FALSE(bench.lookups.ask("other", {"bob", "x"}).known);
}

TEST(TableLookups, AsksOnceForSessionsThatAskAtTheSameTime) {
    Bench bench(patient_ms);
    bench.table->open(false);
    std::vector<std::thread> sessions;
    std::atomic<int> known{};
    for (int n = 0; n < 8; ++n)
        sessions.emplace_back([&] {
            if (bench.lookups.ask("t", {"bob", "example.com"}).known) ++known;
        });
    bench.table->wait_until_asked(1);
    bench.table->open(true);
    for (std::thread& session : sessions) session.join();
    EXPECT_EQ(known, 8);
    EXPECT_EQ(bench.table->asked(), 1);
}

// The whole number where ThreadSanitizer watches; it opens the database for each.
#if defined(__has_feature)
#define RELAYPERMIT_UNDER_TSAN __has_feature(thread_sanitizer)
#else
#define RELAYPERMIT_UNDER_TSAN 0
#endif
constexpr int rounds = RELAYPERMIT_UNDER_TSAN ? 10'000 : 500;

// libsasl2 itself, under eight threads.
TEST(SaslTableThreads, AnswersEveryLookupOfEightThreads) {
    SaslDirectory& sasl = SaslDirectory::instance();
    auto opened = SaslTable::open(sasl.path(), "sendAs");
    ASSERT_TRUE(opened) << opened.error();
    constexpr int logins = 8;
    for (int n = 0; n < logins; ++n)
        ASSERT_TRUE((*opened)->store({"user" + std::to_string(n), "example.com"},
                                     {"alias" + std::to_string(n) + "@example.com"}));
    std::atomic<int> wrong{};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread)
        threads.emplace_back([&, thread] {
            for (int round = 0; round < rounds; ++round) {
                const int n = (thread + round) % logins;
                const TableResult result =
                    (*opened)->look_up(key_of({"user" + std::to_string(n), "example.com"}));
                if (!result.known ||
                    result.values !=
                        std::vector<std::string>{"alias" + std::to_string(n) + "@example.com"})
                    ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace relaypermit::testing

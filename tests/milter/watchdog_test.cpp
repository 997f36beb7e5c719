#include "milter/watchdog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>

namespace relaypermit {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Watchdog, IsOnForTheProcessThatSystemdMeans) {
    const auto limit = [](const char* microseconds, const std::string& process) {
        ::setenv("WATCHDOG_USEC", microseconds, 1);                      // NOLINT: no threads here
        process.empty() ? ::unsetenv("WATCHDOG_PID")                     // NOLINT
                        : ::setenv("WATCHDOG_PID", process.c_str(), 1);  // NOLINT
        const auto found = watchdog_limit();
        ::unsetenv("WATCHDOG_USEC");  // NOLINT
        ::unsetenv("WATCHDOG_PID");   // NOLINT
        return found;
    };
    EXPECT_EQ(limit("60000000", ""), milliseconds(60000));
    EXPECT_EQ(limit("60000000", std::to_string(::getpid())), milliseconds(60000));
    EXPECT_EQ(limit("60000000", "1"), std::nullopt);
    for (const char* const none : {"", "0", "-1", "1s", "999"})
        EXPECT_EQ(limit(none, ""), std::nullopt) << none;
    EXPECT_EQ(watchdog_limit(), std::nullopt);
}

class PatienceOfAMinute : public ::testing::Test {
  protected:
    const Patience::Time start{seconds(1000)};
    Patience patience{seconds(60)};
};

TEST_F(PatienceOfAMinute, WaitsForTheFirstAnswerForEver) {
    EXPECT_EQ(patience.until(), std::nullopt);
    EXPECT_FALSE(patience.is_over(start + seconds(10'000)));
}

TEST_F(PatienceOfAMinute, IsOverThreeQuartersOfItAfterTheLastAnswer) {
    patience.answered(start);
    patience.answered(start + seconds(30));
    EXPECT_EQ(patience.until(), start + seconds(75));
    EXPECT_FALSE(patience.is_over(start + milliseconds(74'999)));
    EXPECT_TRUE(patience.is_over(start + seconds(75)));
    EXPECT_FALSE(patience.is_over(start + seconds(76))) << "said once";
    EXPECT_EQ(patience.until(), std::nullopt);
}

TEST_F(PatienceOfAMinute, BeginsAnewWithAnotherProcess) {
    patience.answered(start);
    patience.begin();
    EXPECT_FALSE(patience.is_over(start + seconds(60)));
}

TEST_F(PatienceOfAMinute, CountsNoTimeInWhichWhoWatchesWasFrozenToo) {
    patience.answered(start);
    EXPECT_FALSE(patience.is_over(start + seconds(3600)));
    EXPECT_FALSE(patience.is_over(start + seconds(3644)));
    EXPECT_TRUE(patience.is_over(start + seconds(3645)));
}

TEST_F(PatienceOfAMinute, OutlastsAProcessThatIsSlowOnEachOfItsSockets) {
    const auto sockets =
        std::count_if(protocols.begin(), protocols.end(),
                      [](const ProtocolInfo& protocol) { return protocol.of_mail_servers; });
    EXPECT_GE(sockets, 3);
    EXPECT_LT(between_checks(seconds(60)) + sockets * longest_answer(seconds(60)),
              patience.length());
    // And two checks of one that is silent.
    EXPECT_LT(between_checks(seconds(60)) + 2 * (longest_answer(seconds(60)) + seconds(1)),
              patience.length());
}

// Front ends by their addresses, and what the log was told.
class SelfChecks : public ::testing::Test, public Log {
  protected:
    void write(LogLevel, std::string_view line) override { said.emplace_back(line); }

    SelfCheck check(std::vector<WatchedSocket> sockets) {
        return {std::move(sockets), *this, [this](Protocol protocol, const std::string& address) {
                    asked.push_back(address);
                    return Probe{protocol, address, ends.at(address), {}, {}};
                }};
    }
    const std::vector<WatchedSocket> usual{{Protocol::milter, "unix:/m"},
                                           {Protocol::policy, "unix:/p"},
                                           {Protocol::control, "unix:/c"}};
    std::map<std::string, ProbeEnd> ends{{"unix:/m", ProbeEnd::answered},
                                         {"unix:/p", ProbeEnd::answered},
                                         {"unix:/c", ProbeEnd::answered}};
    std::vector<std::string> asked{};
    std::vector<std::string> said{};
};

TEST_F(SelfChecks, AskEachFrontEndOfMailServers) {
    EXPECT_TRUE(check(usual).answered());
    EXPECT_EQ(asked, (std::vector<std::string>{"unix:/m", "unix:/p"}));
    for (const char* const silent : {"unix:/m", "unix:/p"}) {
        ends["unix:/m"] = ends["unix:/p"] = ProbeEnd::answered;
        ends[silent] = ProbeEnd::silent;
        EXPECT_FALSE(check(usual).answered()) << silent;
    }
}

TEST_F(SelfChecks, TakeWhoRefusesOrHangsUpForAlive) {
    ends["unix:/m"] = ends["unix:/p"] = ProbeEnd::another;
    EXPECT_TRUE(check(usual).answered());
    EXPECT_EQ(asked.size(), 2U);
}

TEST_F(SelfChecks, AskTheControlSocketWhereTheOthersCannotBeAsked) {
    ends["unix:/m"] = ProbeEnd::denied;
    ends["unix:/p"] = ProbeEnd::nobody;
    ends["unix:/c"] = ProbeEnd::silent;
    EXPECT_FALSE(check(usual).answered());
    ends["unix:/c"] = ProbeEnd::answered;
    EXPECT_TRUE(check(usual).answered());
    EXPECT_TRUE(said.empty());
}

TEST_F(SelfChecks, SayOnceThatNobodyCanBeAsked) {
    for (auto& [address, end] : ends) end = ProbeEnd::denied;
    SelfCheck blind = check(usual);
    EXPECT_TRUE(blind.answered());
    EXPECT_TRUE(blind.answered());
    EXPECT_EQ(said.size(), 1U);
}

TEST_F(SelfChecks, LeaveAnAddressOfTheNetworkAlone) {
    ends["inet:8891@192.0.2.1"] = ends["fd:3"] = ProbeEnd::silent;
    ends["inet:8891@127.0.0.1"] = ProbeEnd::answered;
    EXPECT_TRUE(check({{Protocol::milter, "inet:8891@192.0.2.1"},
                       {Protocol::policy, "fd:3"},
                       {Protocol::socketmap, "inet:8891@127.0.0.1"}})
                    .answered());
    EXPECT_EQ(asked, (std::vector<std::string>{"inet:8891@127.0.0.1"}));
}

}  // namespace
}  // namespace relaypermit

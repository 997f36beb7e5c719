#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/control_daemon.h"
#include "tests/support/scratch_directory.h"
#include "tool/base/control_client.h"

namespace relaypermit {
namespace {

// Sessions read the policy all the while.
TEST(ControlThreads, ReloadByHangUpAndByTheControlSocketAtOnce) {
    ScratchDirectory folder;
    const std::string socket = folder.file("control.sock");
    const std::string sound =
        "relay.hosted_domains = [\"example.com\"]\nlisten.control = \"unix:" + socket + "\"\n";
    ControlDaemon daemon(folder.write("policy.toml", sound));
    constexpr int rounds = 20;
    std::atomic<bool> done{false};
    std::thread session([&] {
        while (!done) EXPECT_FALSE(daemon.suspended("nobody@example.com"));
    });
    std::thread signals([&] {
        for (int i = 0; i < rounds; ++i) (void)daemon.hang_up();
    });
    std::vector<std::thread> tools;
    for (int number = 0; number < 2; ++number)
        tools.emplace_back([&] {
            for (int i = 0; i < rounds; ++i) {
                const auto answer =
                    ask_daemon(socket, {ControlRequest::Ask::reload, {}}, reload_wait);
                ASSERT_TRUE(answer && answer->reload) << answer.error().why;
                EXPECT_TRUE(answer->reload->loaded);
                EXPECT_TRUE(
                    ask_daemon(socket, {ControlRequest::Ask::status, {}}, reload_wait)->status);
            }
        });
    signals.join();
    for (std::thread& one : tools) one.join();
    done = true;
    session.join();
    EXPECT_EQ(daemon.reloads(), 3 * rounds);
}

}  // namespace
}  // namespace relaypermit

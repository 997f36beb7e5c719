// What the system's log is sent, by a log daemon that comes and goes.
#include "milter/log.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/scratch_directory.h"
#include "tests/support/time_zone.h"

namespace relaypermit {
namespace {

class LogDaemon {
  public:
    explicit LogDaemon(const std::string& path) : path_(path) {
        fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        EXPECT_EQ(0, ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    }
    ~LogDaemon() {
        ::close(fd_);
        ::unlink(path_.c_str());
    }
    LogDaemon(const LogDaemon&) = delete;
    LogDaemon& operator=(const LogDaemon&) = delete;

    // The next datagram; empty where none comes.
    std::string next() {
        pollfd ready{fd_, POLLIN, 0};
        if (::poll(&ready, 1, 5000) != 1) return {};
        std::array<char, 4096> text{};
        const ssize_t length = ::recv(fd_, text.data(), text.size(), 0);
        return {text.data(), static_cast<std::size_t>(length < 0 ? 0 : length)};
    }
    [[nodiscard]] bool is_empty() const {
        pollfd ready{fd_, POLLIN, 0};
        return ::poll(&ready, 1, 0) == 0;
    }

  private:
    std::string path_;
    int fd_{};
};

class SyslogLogTest : public ::testing::Test {
  protected:
    [[nodiscard]] std::string path() const { return folder_.file("log"); }
    [[nodiscard]] static std::string ours() {
        return "relaypermitd[" + std::to_string(::getpid()) + "]: ";
    }

    TimeZone utc_{"UTC"};
    std::time_t now_{1795837805};  // 2026-11-28 03:50:05
    ScratchDirectory folder_{};
    SyslogLog log_{path(), [this] { return now_; }};
};

TEST_F(SyslogLogTest, SendsWhatSyslogWould) {
    LogDaemon daemon(path());
    log_.write(LogLevel::info, "a line");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "a line", daemon.next());
    log_.write(LogLevel::warning, "100% true");
    EXPECT_EQ("<20>Nov 28 03:50:05 " + ours() + "warning: 100% true", daemon.next());
    log_.write(LogLevel::error, "");
    EXPECT_EQ("<19>Nov 28 03:50:05 " + ours() + "error: ", daemon.next());
}

TEST_F(SyslogLogTest, StampsEachLineWithItsOwnTime) {
    LogDaemon daemon(path());
    log_.write(LogLevel::info, "a");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "a", daemon.next());
    now_ += 6 * 86400 + 55;
    log_.write(LogLevel::info, "b");
    EXPECT_EQ("<22>Dec  4 03:51:00 " + ours() + "b", daemon.next());
}

TEST_F(SyslogLogTest, FindsALogDaemonThatWasRestarted) {
    {
        LogDaemon before(path());
        log_.write(LogLevel::info, "before");
        EXPECT_NE("", before.next());
    }
    LogDaemon after(path());
    log_.write(LogLevel::info, "after");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "after", after.next());
    EXPECT_TRUE(after.is_empty());
}

TEST_F(SyslogLogTest, SaysHowManyLinesNobodyTook) {
    log_.write(LogLevel::info, "lost");
    now_ += 61;
    log_.write(LogLevel::info, "lost as well");
    now_ -= 61;
    LogDaemon daemon(path());
    log_.write(LogLevel::info, "read");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "read", daemon.next());
    EXPECT_EQ("<20>Nov 28 03:50:05 " + ours() +
                  "warning: 2 lines from Nov 28 03:50:05 to Nov 28 03:51:06 are missing above: the "
                  "log daemon did not take them (none was there)",
              daemon.next());
    log_.write(LogLevel::info, "more");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "more", daemon.next());
    EXPECT_TRUE(daemon.is_empty());
}

TEST_F(SyslogLogTest, LosesLinesRatherThanWaitWhereItIsToldTo) {
    LogDaemon daemon(path());
    log_.never_wait();
    constexpr int more_than_any_queue_holds = 5000;
    for (int line = 0; line < more_than_any_queue_holds; ++line) log_.write(LogLevel::info, "x");
    int read = 0;
    while (!daemon.is_empty() && !daemon.next().empty()) ++read;
    EXPECT_GT(read, 0);
    log_.write(LogLevel::info, "y");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "y", daemon.next());
    EXPECT_EQ("<20>Nov 28 03:50:05 " + ours() +
                  "warning: " + std::to_string(more_than_any_queue_holds - read) +
                  " lines of Nov 28 03:50:05 are missing above: the log daemon did not take them "
                  "(its queue was full)",
              daemon.next());
}

// What is forked from it says what it has lost, once.
TEST_F(SyslogLogTest, LeavesItsLossesToWhomItForked) {
    log_.write(LogLevel::info, "lost");
    log_.leave_losses();
    LogDaemon daemon(path());
    log_.write(LogLevel::info, "read");
    EXPECT_EQ("<22>Nov 28 03:50:05 " + ours() + "read", daemon.next());
    EXPECT_TRUE(daemon.is_empty());
}

TEST_F(SyslogLogTest, TakesLinesOfManyThreadsAtOnce) {
    LogDaemon daemon(path());
    constexpr std::size_t threads = 4;
    constexpr std::size_t lines = 250;
    std::vector<std::thread> writers;
    for (std::size_t thread = 0; thread < threads; ++thread)
        writers.emplace_back([&, thread] {
            for (std::size_t line = 0; line < lines; ++line)
                log_.write(LogLevel::info, std::to_string(thread) + "." + std::to_string(line));
        });
    std::set<std::string> read;
    for (std::size_t line = 0; line < threads * lines; ++line) read.insert(daemon.next());
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(threads * lines, read.size());
    EXPECT_TRUE(daemon.is_empty());
}

}  // namespace
}  // namespace relaypermit

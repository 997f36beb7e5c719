// What the daemon says to its admin: to syslog, or to standard error with -f. Any thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace relaypermit {

enum class LogLevel : std::uint8_t { info, warning, error };

// Where lines go. A line is printable text without a line end.
class Log {
  public:
    Log() = default;
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    virtual ~Log() = default;

    virtual void write(LogLevel level, std::string_view line) = 0;
    // In a process that was just forked from: what it has lost so far is the other one's to say,
    // which writes lines much sooner.
    virtual void leave_losses() {}
};

// The system's log, facility mail, as `relaypermitd[PID]: ...`: the datagrams that syslog(3) would
// send, over a socket of our own. syslog(3) takes a lock of the whole process and formats the date
// for each line, which every session then waits for.
//
// As with syslog(3), a log daemon whose queue is full is waited for, and lines that none takes are
// lost; here their number, their time and the reason are said behind the first line that gets
// through again. libmilter's own
// messages go through syslog(3), which is opened here too.
class SyslogLog final : public Log {
  public:
    using Clock = std::function<std::time_t()>;

    // `path` is the log daemon's socket; whether somebody listens there is seen at each line.
    explicit SyslogLog(
        const std::string& path = "/dev/log", Clock clock = [] { return std::time(nullptr); });
    ~SyslogLog() override;
    SyslogLog(const SyslogLog&) = delete;
    SyslogLog& operator=(const SyslogLog&) = delete;

    void write(LogLevel level, std::string_view line) override;
    void leave_losses() override;

    // From here on a line that a full queue would hold up is lost and counted. For a process whose
    // work is more than a line of its log. Call before threads start.
    void never_wait() { flags_ |= MSG_DONTWAIT; }

  private:
    [[nodiscard]] std::string datagram(LogLevel level, std::string_view line) const;
    // 0, or why nobody has it (errno).
    [[nodiscard]] int send(const std::string& datagram) const noexcept;
    struct Losses {
        std::uint64_t lines{};
        std::time_t first{};
        std::time_t last{};
        int reason{};  // of the last one
    };
    void count(const Losses& more);
    void say_losses();

    const Clock clock_;
    sockaddr_un address_{};
    int flags_{MSG_NOSIGNAL};
    const int fd_;                  // -1: the process has no descriptor to spare
    std::atomic<bool> any_lost_{};  // since a line got through
    std::mutex mutex_{};
    Losses losses_{};  // guarded by mutex_
};

// Standard error, with the prefix that syslog would have given: `relaypermitd[PID]: ...`. A line
// is one write(2), so that lines of several threads never mix.
class StderrLog final : public Log {
  public:
    void write(LogLevel level, std::string_view line) override;
};

}  // namespace relaypermit

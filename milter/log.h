// What the daemon says to its admin: to syslog, or to standard error with -f. Any thread.
#pragma once

#include <cstdint>
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
};

// syslog(3), facility mail, as `relaypermitd[PID]: ...`. libmilter's own messages take this way
// too, whatever the daemon uses for its own, so there is one of these in every run.
class SyslogLog final : public Log {
  public:
    SyslogLog();
    void write(LogLevel level, std::string_view line) override;
};

// Standard error, with the prefix that syslog would have given: `relaypermitd[PID]: ...`. A line
// is one write(2), so that lines of several threads never mix.
class StderrLog final : public Log {
  public:
    void write(LogLevel level, std::string_view line) override;
};

}  // namespace relaypermit

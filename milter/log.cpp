#include "milter/log.h"

#include <syslog.h>
#include <unistd.h>

#include <string>

namespace relaypermit {

namespace {

// In the text too, as Postfix does: grep finds it where the priority is not written down.
std::string_view prefix(LogLevel level) {
    return level == LogLevel::error ? "error: " : level == LogLevel::warning ? "warning: " : "";
}

}  // namespace

SyslogLog::SyslogLog() {
    ::openlog("relaypermitd", LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void SyslogLog::write(LogLevel level, std::string_view line) {
    const int priority = level == LogLevel::error     ? LOG_ERR
                         : level == LogLevel::warning ? LOG_WARNING
                                                      : LOG_INFO;
    ::syslog(priority, "%s%.*s", prefix(level).data(), static_cast<int>(line.size()), line.data());
}

void StderrLog::write(LogLevel level, std::string_view line) {
    std::string text = "relaypermitd[" + std::to_string(::getpid()) + "]: ";
    text += prefix(level);
    text += line;
    text += '\n';
    // A closed or full standard error must not stop mail; there is nobody left to tell.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace relaypermit

#include "milter/log.h"

#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace relaypermit {

namespace {

// In the text too, as Postfix does: grep finds it where the priority is not written down.
std::string_view prefix(LogLevel level) {
    return level == LogLevel::error ? "error: " : level == LogLevel::warning ? "warning: " : "";
}

int priority(LogLevel level) {
    const int severity = level == LogLevel::error     ? LOG_ERR
                         : level == LogLevel::warning ? LOG_WARNING
                                                      : LOG_INFO;
    return LOG_MAIL | severity;
}

// "Nov 28 03:50:00 " in local time, the stamp of RFC 3164 4.1.2, without regard to the locale.
std::string_view stamp(std::time_t now) {
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    // localtime_r() takes a lock of the process: once a second is enough.
    struct Stamp {
        std::time_t second{-1};
        std::string text{};
    };
    thread_local Stamp last;
    if (last.second == now) return last.text;
    std::tm local{};
    if (::localtime_r(&now, &local) == nullptr) return {};
    const auto two_digits = [](int number, char pad) {
        return std::string{number < 10 ? pad : static_cast<char>('0' + number / 10),
                           static_cast<char>('0' + number % 10)};
    };
    last.text = std::string(months.at(static_cast<std::size_t>(local.tm_mon))) + " " +
                two_digits(local.tm_mday, ' ') + " " + two_digits(local.tm_hour, '0') + ":" +
                two_digits(local.tm_min, '0') + ":" + two_digits(local.tm_sec, '0') + " ";
    last.second = now;
    return last.text;
}

std::string time_of(std::time_t when) {
    std::string text(stamp(when));
    if (!text.empty()) text.pop_back();  // the blank that ends it
    return text;
}

// In the words of who looks at a log and not at a system call.
std::string reason_of_loss(int reason) {
    switch (reason) {
        case EAGAIN:
        case ENOBUFS:
            return "its queue was full";
        case ENOENT:
        case ECONNREFUSED:
            return "none was there";
        case EMSGSIZE:
            return "too long for it";
        default:
            return std::strerror(reason);
    }
}

std::string said_by_us(LogLevel level, std::string_view line) {
    std::string text = "relaypermitd[" + std::to_string(::getpid()) + "]: ";
    text.append(prefix(level)).append(line);
    return text;
}

}  // namespace

SyslogLog::SyslogLog(const std::string& path, Clock clock)
    : clock_(std::move(clock)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sun_family = AF_UNIX;
    // One that is too long is nobody's: its lines are lost and counted.
    if (path.size() < sizeof address_.sun_path) path.copy(address_.sun_path, path.size());
    ::openlog("relaypermitd", LOG_PID | LOG_NDELAY, LOG_MAIL);
}

SyslogLog::~SyslogLog() {
    if (fd_ >= 0) ::close(fd_);
}

void SyslogLog::write(LogLevel level, std::string_view line) {
    const std::time_t now = clock_();
    if (const int reason = send(datagram(level, line)); reason != 0)
        count({1, now, now, reason});
    else if (any_lost_.load(std::memory_order_relaxed))
        say_losses();
}

void SyslogLog::count(const Losses& more) {
    const std::lock_guard lock(mutex_);
    const bool none = losses_.lines == 0;
    losses_ = {losses_.lines + more.lines, none ? more.first : std::min(losses_.first, more.first),
               none ? more.last : std::max(losses_.last, more.last), more.reason};
    any_lost_.store(true, std::memory_order_relaxed);
}

void SyslogLog::say_losses() {
    Losses lost;
    {
        const std::lock_guard lock(mutex_);
        lost = std::exchange(losses_, {});
        any_lost_.store(false, std::memory_order_relaxed);
    }
    if (lost.lines == 0) return;  // another thread says it
    std::string what = std::to_string(lost.lines) + (lost.lines == 1 ? " line" : " lines") +
                       (lost.first == lost.last ? " of " : " from ") + time_of(lost.first);
    if (lost.first != lost.last) what += " to " + time_of(lost.last);
    what += (lost.lines == 1 ? " is" : " are") +
            std::string(" missing above: the log daemon did not take ") +
            (lost.lines == 1 ? "it (" : "them (") + reason_of_loss(lost.reason) + ")";
    // Not one of the lines that are counted.
    if (send(datagram(LogLevel::warning, what)) != 0) count(lost);
}

void SyslogLog::leave_losses() {
    const std::lock_guard lock(mutex_);
    losses_ = {};
    any_lost_.store(false, std::memory_order_relaxed);
}

std::string SyslogLog::datagram(LogLevel level, std::string_view line) const {
    std::string text = "<" + std::to_string(priority(level)) + ">";
    text.append(stamp(clock_())).append(said_by_us(level, line));
    return text;
}

int SyslogLog::send(const std::string& datagram) const noexcept {
    // To the path and not over a connection, which a restart of the log daemon would end.
    while (::sendto(fd_, datagram.data(), datagram.size(), flags_,
                    reinterpret_cast<const sockaddr*>(&address_), sizeof address_) < 0)
        if (errno != EINTR) return errno;
    return 0;
}

void StderrLog::write(LogLevel level, std::string_view line) {
    const std::string text = said_by_us(level, line) + "\n";
    // A closed or full standard error must not stop mail; there is nobody left to tell.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace relaypermit

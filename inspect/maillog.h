// Decisions out of mail logs, for hosts that have the log and not the store. Reads plain and
// gzip-compressed files and standard input, line by line. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>

#include "inspect/decision.h"

namespace relaypermit {

// Hands on what the lines say, and remembers failed logins to explain the refusal that follows.
// Feed the files in the order of time.
class MaillogJoiner {
  public:
    // How long before a refusal a failed login belongs to it: a session that goes on idles no
    // longer (Postfix's smtpd_timeout is 300 s).
    static constexpr std::chrono::seconds same_session{300};
    static constexpr std::size_t max_remembered = 100000;

    // A decision, where the line is one of relaypermitd's.
    [[nodiscard]] std::optional<Decision> take(const SyslogLine& line);
    // Lines of relaypermitd that say verdict= and cannot be read: cut off by a syslog daemon, or
    // of another version.
    [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }

  private:
    std::unordered_map<std::string, LoginFailure> failures_{};
    std::uint64_t unreadable_{};
    std::int64_t number_{};
};

// A line longer than this is no log line; the rest of it is passed over.
inline constexpr std::size_t max_log_line_bytes = 65536;

// Reads one file ("-": `in`) and calls `visit` for each decision until it answers false; true
// where it never did. `now` dates what has no year and no file. The error names the file.
[[nodiscard]] tl::expected<bool, std::string> read_maillog(
    const std::string& path, std::istream& in, TimePoint now, MaillogJoiner& joiner,
    const std::function<bool(Decision&&)>& visit);

}  // namespace relaypermit

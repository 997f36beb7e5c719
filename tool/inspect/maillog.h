// Decisions out of mail logs (log_lines.h), for hosts that have the log and not the store. One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "tool/inspect/decision.h"

namespace relaypermit {

// Hands on what the lines say, and remembers failed logins to explain the refusal that follows.
// Feed the lines in the order of time.
class MaillogJoiner {
  public:
    // How long before a refusal a failed login belongs to it: a session that goes on idles no
    // longer (Postfix's smtpd_timeout is 300 s).
    static constexpr std::chrono::seconds same_session{300};
    static constexpr std::size_t max_remembered = 100000;

    // A decision, where the line is one of relaypermitd's.
    [[nodiscard]] std::optional<Decision> take(const SyslogLine& line);
    // Lines of relaypermitd that look like a record and cannot be read: cut off by a syslog daemon,
    // or of another version.
    [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }

  private:
    std::unordered_map<std::string, LoginFailure> failures_{};
    std::uint64_t unreadable_{};
    std::int64_t number_{};
};

// What was read, beside the decisions.
struct MaillogNotes {
    std::optional<TimePoint> begins{};  // the oldest line's
    std::uint64_t unreadable_lines{};   // MaillogJoiner::unreadable()
    std::uint64_t overlong_lines{};     // log_lines.h
    std::vector<std::string> faults{};  // what ended a file before its end, as whole sentences
};

// Reads the files ("-": `in`) as one log, in the order of their time stamps; lines of one file
// keep their order. Calls `visit` for each decision until it answers false. `now` dates what has
// no year and no file. The error, a whole sentence, is of a file that cannot be read, or has lines
// and none of a mail log.
[[nodiscard]] tl::expected<MaillogNotes, std::string> read_maillogs(
    const std::vector<std::string>& paths, std::istream& in, TimePoint now,
    const std::function<bool(Decision&&)>& visit);

}  // namespace relaypermit

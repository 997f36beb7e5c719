// One line of a mail log: when, by which program, and what it said. Understands
//   Jun  3 10:11:12 host postfix/smtpd[812]: text        (traditional; journalctl's default)
//   2026-06-03T10:11:12.123456+02:00 host prog[812]: text   (rsyslog; journalctl -o short-iso)
//   Wed 2026-06-03 10:11:12 CEST host prog[812]: text       (journalctl -o short-full)
//   1717409472.123456 host prog[812]: text                  (journalctl -o short-unix)
//   <22>1 2026-06-03T10:11:12Z host prog 812 - - text       (RFC 5424)
//   {"__REALTIME_TIMESTAMP":"1717409472123456", ...}        (journalctl -o json)
// with or without a "<22>" in front or, behind the time, the "<mail.info>" of FreeBSD's syslogd,
// and with the host left out (as programs hand it to syslogd).
//
// The program is read at its one place in the line and nowhere else: text that a client got into
// somebody's message can never look like a line of relaypermitd. Pure but for TZ; one thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "tool/base/when.h"
#include "tool/inspect/journal_line.h"

namespace relaypermit {

struct SyslogLine {
    TimePoint time{};
    std::string_view program{};  // "relaypermitd", "postfix/submission/smtpd"
    std::string_view message{};
};

class SyslogReader {
  public:
    // Traditional stamps have no year: they get the last one in which they are not later than a
    // day after `not_after` (when the file was last written).
    explicit SyslogReader(TimePoint not_after) : not_after_(not_after) {}

    // nullopt where the line is no log line ("-- Journal begins at ..."). The views are into the
    // line, or into this reader until it reads the next.
    [[nodiscard]] std::optional<SyslogLine> read(std::string_view line);

  private:
    [[nodiscard]] std::optional<TimePoint> take_traditional(std::string_view& rest);
    [[nodiscard]] std::optional<TimePoint> take_iso(std::string_view& rest);
    [[nodiscard]] std::optional<TimePoint> take_short_full(std::string_view& rest);
    // from_local() is dear; a log says the same hour thousands of times.
    [[nodiscard]] TimePoint local(const LocalTime& at);

    TimePoint not_after_;
    JournalLine journal_{};
    LocalTime cached_hour_{};
    TimePoint cached_{};
};

}  // namespace relaypermit

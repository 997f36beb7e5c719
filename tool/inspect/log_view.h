// A decision as a line for people. Pure but for TZ; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/base/terminal.h"
#include "tool/inspect/decision.h"

namespace relaypermit {

// A value fit to stand in such a clause: visible() (text.h), and in quotes where it holds a space,
// a comma or a quote, which would look like the end of it. Quotes and backslashes in it get a
// backslash, as in the line in syslog.
[[nodiscard]] std::string delimited(std::string_view value);
[[nodiscard]] std::string delimited(const std::vector<std::string>& values);  // "a, b"

// What happened, as a clause: `alice@example.com (198.51.100.7) as bob@example.com to x@y`. What
// clients wrote in it is delimited().
[[nodiscard]] std::string what_happened(const Decision& decision);

// On a terminal: a heading for each day, and lines that are broken at its width. In a pipe: one
// line each, with the date.
class LogView {
  public:
    explicit LogView(Terminal terminal) : terminal_(terminal) {}
    [[nodiscard]] std::string show(const Decision& decision);
    [[nodiscard]] std::string show(const StoreGap& gap);

  private:
    // The heading of a new day, where one is due, and the beginning of the line.
    [[nodiscard]] std::string stamp(TimePoint time);

    Terminal terminal_;
    std::string day_{};
};

}  // namespace relaypermit

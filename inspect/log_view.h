// A decision as a line for people. Pure but for TZ; one thread.
#pragma once

#include <string>

#include "inspect/decision.h"
#include "inspect/terminal.h"

namespace relaypermit {

// What happened, as a clause: `alice@example.com (198.51.100.7) as bob@example.com to x@y`. What
// clients wrote in it is visible() (text.h).
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

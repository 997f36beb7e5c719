#include "tool/base/progress.h"

#include <ostream>
#include <utility>

#include "tool/base/visible.h"

namespace relaypermit {

Progress::Progress(const Context& context, std::string of, Clock clock)
    : err_(context.err),
      shown_here_(context.error_terminal.interactive),
      of_(std::move(of)),
      clock_(std::move(clock)),
      next_(shown_here_ ? clock_() + silent_for : std::chrono::steady_clock::time_point{}) {}

Progress::~Progress() {
    clear();
}

void Progress::step() {
    ++steps_;
    if (!shown_here_ || steps_ % steps_between_looks != 0) return;
    const auto now = clock_();
    if (now < next_) return;
    next_ = now + between;
    const std::string line = with_commas(steps_) + " " + of_;
    width_ = line.size();
    err_ << "\r" << line << std::flush;
}

void Progress::clear() {
    if (width_ > 0) {
        err_ << "\r" << std::string(width_, ' ') << "\r" << std::flush;
        width_ = 0;
    }
}

}  // namespace relaypermit

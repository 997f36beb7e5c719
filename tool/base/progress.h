// How far a command is that takes more than a second: one line on standard error, where that is a
// terminal, which is gone when it ends. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "tool/base/command.h"

namespace relaypermit {

class Progress {
  public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    // `of`: what step() counts ("decisions read").
    Progress(const Context& context, std::string of, Clock clock = std::chrono::steady_clock::now);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void step();
    // Takes the line away: before anything else is written.
    void clear();

  private:
    static constexpr std::chrono::milliseconds silent_for{1000};
    static constexpr std::chrono::milliseconds between{250};
    static constexpr std::uint64_t steps_between_looks = 256;  // at the clock

    std::ostream& err_;
    bool shown_here_;
    std::string of_;
    Clock clock_;
    std::chrono::steady_clock::time_point next_;
    std::uint64_t steps_{};
    std::size_t width_{};  // of the line that stands there
};

}  // namespace relaypermit

// Keeps a table that is down from being asked over and over: after some failures in a row nobody
// waits for it any more, but for one probe now and then. Pure; one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace relaypermit {

class CircuitBreaker {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Milliseconds = std::chrono::milliseconds;

    static constexpr unsigned failures_to_open = 5;  // in a row
    static constexpr Milliseconds first_pause{1000};
    static constexpr Milliseconds longest_pause{30'000};  // without what `jitter` adds

    // `jitter` is from 0 to 1: how much of a quarter of it a pause is longer, so that many servers
    // do not probe one database at the same moment.
    explicit CircuitBreaker(std::function<double()> jitter) : jitter_(std::move(jitter)) {}

    // Whether the table may be asked now; each yes must be followed by succeeded() or failed().
    [[nodiscard]] bool may_ask(TimePoint now) {
        if (!is_open()) return true;
        if (probing_ || now < until_) return false;
        probing_ = true;
        return true;
    }
    // Instead of one of these where it was not asked after all.
    void withdrawn() { probing_ = false; }
    void succeeded() {
        failures_ = 0;
        probing_ = false;
        pause_ = Milliseconds{0};
    }
    // Returns true where this opened it: once for each time that the table goes down.
    bool failed(TimePoint now) {
        const bool was_open = is_open();
        // Of what was under way when it opened nothing is learnt.
        if (was_open && !probing_) return false;
        probing_ = false;
        ++failures_;
        if (!is_open()) return false;
        pause_ = pause_ == Milliseconds{0} ? first_pause : std::min(pause_ * 2, longest_pause);
        until_ = now + pause_ +
                 Milliseconds(static_cast<Milliseconds::rep>(static_cast<double>(pause_.count()) /
                                                             4 * jitter_()));
        return !was_open;
    }

    [[nodiscard]] bool is_open() const { return failures_ >= failures_to_open; }
    [[nodiscard]] unsigned failures() const { return failures_; }

  private:
    std::function<double()> jitter_{};
    unsigned failures_{};
    bool probing_{};
    Milliseconds pause_{};
    TimePoint until_{};
};

}  // namespace relaypermit

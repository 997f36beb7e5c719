// The moment at which a lookup gives up, and waits that end there. By the steady clock; any thread.
#pragma once

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <cstdint>

namespace relaypermit {

class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Deadline(std::chrono::milliseconds from_now) : at_(Clock::now() + from_now) {}

    [[nodiscard]] Clock::time_point at() const { return at_; }
    [[nodiscard]] bool passed() const { return Clock::now() >= at_; }
    // Rounded up, so that a wait of this long does not end before; 0: passed.
    [[nodiscard]] int remaining_ms() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
        return left > 0 ? static_cast<int>(left) : 0;
    }

    // True: the descriptor is ready for one of `events`, or there is something wrong with it that
    // the next call will say. False: the deadline has passed.
    [[nodiscard]] bool wait(int descriptor, short events) const {
        while (true) {
            pollfd one{descriptor, events, 0};
            const int left = remaining_ms();
            const int ready = ::poll(&one, 1, left);
            if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
            if (left == 0) return false;
        }
    }

  private:
    Clock::time_point at_;
};

}  // namespace relaypermit

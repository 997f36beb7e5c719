// How long to wait before what has failed is tried again: not at all the first time, then longer
// each time, up to a bound. Pure; one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>

namespace relaypermit {

class Backoff {
  public:
    // `first` is the second wait, and each further one is twice as long, up to `most`. What has
    // lived for `calm` has worked, and its failure counts as the first one again.
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most,
            std::chrono::milliseconds calm)
        : first_(first), most_(most), calm_(calm) {}

    // To be called at each failure; `lived` is how long it had worked.
    [[nodiscard]] std::chrono::milliseconds failed_after(std::chrono::milliseconds lived) {
        if (lived >= calm_) failures_ = 0;
        ++failures_;
        if (failures_ == 1) return std::chrono::milliseconds{0};
        wait_ = failures_ == 2 ? first_ : std::min(most_, wait_ * 2);
        return std::min(wait_, most_);
    }

    // In a row, the last one included.
    [[nodiscard]] unsigned failures() const { return failures_; }

  private:
    const std::chrono::milliseconds first_;
    const std::chrono::milliseconds most_;
    const std::chrono::milliseconds calm_;
    std::chrono::milliseconds wait_{};
    unsigned failures_{};
};

}  // namespace relaypermit

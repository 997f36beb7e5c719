#include "milter/histogram.h"

#include <algorithm>

namespace relaypermit {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

void Histogram::observe(std::chrono::nanoseconds took) noexcept {
    const auto* const bucket = std::find_if(buckets.begin(), buckets.end(),
                                            [&](const Bucket& one) { return took <= one.at_most; });
    numbers_[static_cast<std::size_t>(bucket - buckets.begin())].fetch_add(1, relaxed);
    sum_ns_.fetch_add(static_cast<std::uint64_t>(std::max(took.count(), std::int64_t{0})), relaxed);
}

Histogram::Reading Histogram::read() const noexcept {
    Reading reading;
    for (std::size_t at = 0; at < buckets.size(); ++at) {
        reading.count += numbers_[at].load(relaxed);
        reading.at_most[at] = reading.count;
    }
    reading.count += numbers_.back().load(relaxed);
    constexpr double ns_of_a_second = 1e9;
    reading.sum_s = static_cast<double>(sum_ns_.load(relaxed)) / ns_of_a_second;
    return reading;
}

}  // namespace relaypermit

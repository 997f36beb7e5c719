// How long something takes, as numbers of what took at most so long. Any thread; nobody waits.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relaypermit {

struct Bucket {
    std::chrono::nanoseconds at_most{};
    std::string_view le{};  // in seconds, as OpenMetrics wants such a label written
};

// A decision takes 0.1 ms, and a lookup in a table what that takes.
inline constexpr std::array<Bucket, 13> buckets = {{
    {std::chrono::microseconds{50}, "5e-05"},
    {std::chrono::microseconds{100}, "0.0001"},
    {std::chrono::microseconds{250}, "0.00025"},
    {std::chrono::microseconds{500}, "0.0005"},
    {std::chrono::milliseconds{1}, "0.001"},
    {std::chrono::microseconds{2500}, "0.0025"},
    {std::chrono::milliseconds{5}, "0.005"},
    {std::chrono::milliseconds{10}, "0.01"},
    {std::chrono::milliseconds{25}, "0.025"},
    {std::chrono::milliseconds{100}, "0.1"},
    {std::chrono::milliseconds{250}, "0.25"},
    {std::chrono::seconds{1}, "1.0"},
    {std::chrono::seconds{5}, "5.0"},
}};

// On cache lines of its own: sessions that count in another one do not get in each other's way.
class alignas(64) Histogram {
  public:
    struct Reading {
        std::array<std::uint64_t, buckets.size()> at_most{};  // each with those before it
        std::uint64_t count{};
        double sum_s{};
    };

    void observe(std::chrono::nanoseconds took) noexcept;
    // Never fewer in a bucket than in the one before it, nor than `count` in the last.
    [[nodiscard]] Reading read() const noexcept;

  private:
    std::array<std::atomic<std::uint64_t>, buckets.size() + 1> numbers_{};  // the last: longer
    std::atomic<std::uint64_t> sum_ns_{};
};

}  // namespace relaypermit

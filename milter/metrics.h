// What this process has counted since it began to serve. Any thread, and whoever counts waits for
// nobody: sessions share no lock here. The names under which it is read stand in
// metrics_families.h.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "milter/histogram.h"
#include "policy/cause.h"
#include "policy/facts.h"
#include "policy/verdict.h"

namespace relaypermit {

inline constexpr std::size_t stage_count = 3;
inline constexpr std::size_t outcome_count = 5;

// Of one alias table.
struct LookupMeter {
    Histogram took{};  // what answers from the cache is no lookup
    std::atomic<std::uint64_t> failures{};
    std::atomic<std::uint64_t> hits{};     // answers from the cache
    std::atomic<std::uint64_t> ignored{};  // values that are no pattern

    void looked_up(std::chrono::nanoseconds time, bool known, bool cached = false,
                   std::size_t ignored_values = 0) noexcept;
};
using LookupMeters = std::map<std::string, std::shared_ptr<LookupMeter>, std::less<>>;

class Metrics {
  public:
    // When it began to count, in seconds since 1970.
    [[nodiscard]] double began_s() const noexcept { return began_s_; }

    void decided(Outcome outcome, std::optional<Cause> cause, Stage stage) noexcept;
    [[nodiscard]] std::uint64_t decisions(Outcome outcome, std::optional<Cause> cause,
                                          Stage stage) const noexcept;

    // Of the milter's callback in which the stage is decided.
    [[nodiscard]] Histogram& callback(Stage stage) { return callbacks_[index(stage)]; }
    [[nodiscard]] const Histogram& callback(Stage stage) const { return callbacks_[index(stage)]; }

    // The tables that there are from now on: those that there were before go on counting, others
    // are forgotten. By one thread at a time.
    LookupMeters tables_are(const std::vector<std::string>& ids);
    [[nodiscard]] LookupMeters tables() const;

    // The policy of the start is in force; `sound`: it is that of the files.
    void started(TimePoint when, bool sound) noexcept;
    void reloaded(TimePoint when, bool success) noexcept;
    [[nodiscard]] std::uint64_t reloads(bool success) const noexcept;
    [[nodiscard]] bool last_reload_successful() const noexcept { return last_successful_; }
    // nullopt: none was.
    [[nodiscard]] std::optional<TimePoint> last_success() const noexcept;

  private:
    static std::size_t index(Stage stage) { return static_cast<std::size_t>(stage); }
    // Behind the causes there is a place for none.
    static std::size_t index(Outcome outcome, std::optional<Cause> cause, Stage stage);

    const double began_s_{
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count()};
    std::array<std::atomic<std::uint64_t>, outcome_count*(cause_count + 1) * stage_count>
        decisions_{};
    std::array<Histogram, stage_count> callbacks_{};
    std::array<std::atomic<std::uint64_t>, 2> reloads_{};
    std::atomic<bool> last_successful_{true};
    std::atomic<std::int64_t> last_success_s_{};  // since 1970; 0: none

    mutable std::mutex mutex_{};
    LookupMeters tables_{};  // guarded by mutex_, which no session takes
};

}  // namespace relaypermit

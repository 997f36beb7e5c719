#include "milter/metrics.h"

#include <functional>
#include <utility>

namespace relaypermit {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

static_assert(static_cast<std::size_t>(Stage::headers) + 1 == stage_count);
static_assert(static_cast<std::size_t>(Outcome::mta_reject) + 1 == outcome_count);

}  // namespace

void LookupMeter::looked_up(std::chrono::nanoseconds time, bool known, bool cached,
                            std::size_t ignored_values) noexcept {
    if (cached) {
        hits.fetch_add(1, relaxed);
        return;
    }
    took.observe(time);
    if (ignored_values > 0) ignored.fetch_add(ignored_values, relaxed);
    if (!known) failures.fetch_add(1, relaxed);
}

std::size_t Metrics::index(Outcome outcome, std::optional<Cause> cause, Stage stage) {
    const std::size_t of_cause = cause ? static_cast<std::size_t>(*cause) : cause_count;
    return (static_cast<std::size_t>(outcome) * (cause_count + 1) + of_cause) * stage_count +
           index(stage);
}

void Metrics::decided(Outcome outcome, std::optional<Cause> cause, Stage stage) noexcept {
    decisions_[index(outcome, cause, stage)].fetch_add(1, relaxed);
}

std::uint64_t Metrics::decisions(Outcome outcome, std::optional<Cause> cause,
                                 Stage stage) const noexcept {
    return decisions_[index(outcome, cause, stage)].load(relaxed);
}

LookupMeters Metrics::tables_are(const std::vector<std::string>& ids) {
    const std::lock_guard lock(mutex_);
    LookupMeters meters;
    for (const std::string& id : ids) {
        const auto before = tables_.find(id);
        meters[id] = before == tables_.end() ? std::make_shared<LookupMeter>() : before->second;
    }
    tables_ = meters;
    return meters;
}

LookupMeters Metrics::tables() const {
    const std::lock_guard lock(mutex_);
    return tables_;
}

void Metrics::started(TimePoint when, bool sound) noexcept {
    last_successful_.store(sound, relaxed);
    if (sound) last_success_s_.store(when.time_since_epoch().count(), relaxed);
}

void Metrics::reloaded(TimePoint when, bool success) noexcept {
    reloads_[success ? 1 : 0].fetch_add(1, relaxed);
    started(when, success);
}

std::uint64_t Metrics::reloads(bool success) const noexcept {
    return reloads_[success ? 1 : 0].load(relaxed);
}

std::optional<TimePoint> Metrics::last_success() const noexcept {
    const std::int64_t seconds = last_success_s_.load(relaxed);
    if (seconds == 0) return std::nullopt;
    return TimePoint{std::chrono::seconds{seconds}};
}

}  // namespace relaypermit

#include "record/store_writer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace relaypermit {
namespace {

// How often the writer looks after old decisions when no mail comes.
constexpr std::chrono::seconds idle{60};
constexpr std::chrono::seconds between_lines{60};
constexpr std::uint64_t mb = 1024ULL * 1024ULL;

std::string decisions(std::uint64_t number) {
    return std::to_string(number) + (number == 1 ? " decision" : " decisions");
}

}  // namespace

std::string_view who_has_them(LogCopy copy) {
    switch (copy) {
        case LogCopy::syslog:
            return "syslog has them";
        case LogCopy::standard_error:
            return "the log has them";
        case LogCopy::none:
            break;
    }
    return "nothing else has them";
}

StoreWriter::StoreWriter(StoreOptions options, Clock now, Say say)
    : options_(std::move(options)),
      now_(std::move(now)),
      say_(std::move(say)),
      keep_days_(options_.keep_days),
      max_mb_(options_.max_mb),
      thread_([this] { run(); }) {}

StoreWriter::~StoreWriter() {
    end();
}

void StoreWriter::end() {
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
    }
    wake_.notify_one();
    const std::lock_guard lock{joining_};
    if (thread_.joinable()) thread_.join();
}

bool StoreWriter::offer(Record&& record, TimePoint time) {
    const bool logged = log_copy_.load(std::memory_order_relaxed) != LogCopy::none;
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (ending_) return false;
        ++offered_;
        if (queue_.size() + in_flight_ >= options_.queue_capacity) {
            ++dropped_count_;
            unlogged_dropped_ += logged ? 0 : 1;
            miss({time, time, 1,
                  std::string(trouble_ ? to_string(*trouble_) : "the disk is too slow")});
            return true;
        }
        queue_.push_back({std::move(record), time, logged});
        unlogged_waiting_ += logged ? 0 : 1;
        // The writer sleeps between these two: one wake-up for each decision would cost more
        // than storing it.
        wake = queue_.size() == 1 || queue_.size() == options_.batch;
    }
    if (wake) wake_.notify_one();
    return true;
}

void StoreWriter::miss(StoreGap gap) {
    const auto found = std::find_if(gaps_.begin(), gaps_.end(), [&](const StoreGap& noted) {
        return noted.reason == gap.reason && noted.count && gap.count;
    });
    if (found == gaps_.end()) {
        gaps_.push_back(std::move(gap));
        return;
    }
    found->from = std::min(found->from, gap.from);
    found->until = std::max(found->until, gap.until);
    *found->count += *gap.count;
}

bool StoreWriter::flush() {
    std::unique_lock lock{mutex_};
    const std::uint64_t wanted = ++flushes_wanted_;
    wake_.notify_one();
    settled_.wait(lock, [&] { return flushes_done_ >= wanted || ended_; });
    return !trouble_.has_value();
}

StoreCounts StoreWriter::counts() const {
    const std::lock_guard lock{mutex_};
    return {.offered = offered_,
            .stored = stored_,
            .dropped = dropped_count_,
            .waiting = queue_.size() + in_flight_,
            .trouble = trouble_};
}

void StoreWriter::limit(std::uint32_t keep_days, std::uint32_t max_mb) {
    keep_days_.store(keep_days, std::memory_order_relaxed);
    max_mb_.store(max_mb, std::memory_order_relaxed);
}

void StoreWriter::log_copy(LogCopy copy) {
    log_copy_.store(copy, std::memory_order_relaxed);
}

std::string StoreWriter::who_has(std::uint64_t missing, std::uint64_t unlogged) const {
    const LogCopy now = log_copy_.load(std::memory_order_relaxed);
    // The log of a process is syslog or standard error, for its whole life.
    const LogCopy copy = now == LogCopy::none ? LogCopy::syslog : now;
    if (unlogged == 0 && missing > 0) return std::string(who_has_them(copy));
    if (unlogged >= missing) return std::string(who_has_them(missing == 0 ? now : LogCopy::none));
    return (copy == LogCopy::syslog ? "syslog has " : "the log has ") +
           std::to_string(missing - unlogged) + " of them, nothing has the others";
}

bool StoreWriter::wait_for_work(bool more_to_trim) {
    std::unique_lock lock{mutex_};
    const auto urgent = [&] { return ending_ || flushes_wanted_ > flushes_done_; };
    if (trouble_) {
        wake_.wait_for(lock, options_.retry_after, urgent);
        return ending_;
    }
    if (queue_.empty() && !urgent() && !more_to_trim)
        wake_.wait_for(lock, idle, [&] { return urgent() || !queue_.empty(); });
    if (!queue_.empty() && !more_to_trim) {
        wake_.wait_for(lock, options_.flush_after,
                       [&] { return urgent() || queue_.size() >= options_.batch; });
    }
    return ending_;
}

void StoreWriter::run() {
    Held held;
    bool more_to_trim = false;
    for (;;) {
        const bool ending = wait_for_work(more_to_trim);
        const std::uint64_t flush_wanted = take(held);
        StoreResult<void> done = store(held);
        bool empty = false;
        {
            const std::lock_guard lock{mutex_};
            if (done) {
                stored_ += held.batch.size();
                in_flight_ = 0;
                unlogged_waiting_ -= static_cast<std::uint64_t>(
                    std::count_if(held.batch.begin(), held.batch.end(),
                                  [](const Offered& stored) { return !stored.logged; }));
                held.batch.clear();
                trouble_.reset();
            } else {
                for (StoreGap& gap : held.gaps) miss(std::move(gap));
                trouble_ = done.error().trouble;
            }
            held.gaps.clear();
            empty = queue_.empty();
        }
        speak(done ? std::nullopt : std::optional{done.error()});
        more_to_trim = false;
        if (done && held.file) {
            const auto trimmed =
                held.file->trim(keep_days_.load(std::memory_order_relaxed),
                                max_mb_.load(std::memory_order_relaxed) * mb, now_());
            // A fault here shows with the next batch too.
            more_to_trim = trimmed && *trimmed && !ending;
        }
        if (!done || empty) {
            const std::lock_guard lock{mutex_};
            flushes_done_ = std::max(flushes_done_, flush_wanted);
        }
        settled_.notify_all();
        if (ending && (!done || empty)) break;
    }
    give_up(held);
}

std::uint64_t StoreWriter::take(Held& held) {
    const std::lock_guard lock{mutex_};
    while (held.batch.size() < options_.batch && !queue_.empty()) {
        held.batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    in_flight_ = held.batch.size();
    held.gaps = std::exchange(gaps_, {});
    return flushes_wanted_;
}

StoreResult<void> StoreWriter::store(Held& held) {
    // A file that was taken away in the middle is noticed behind the commit, and the batch goes
    // to the new one: two rounds are enough unless somebody deletes it every millisecond.
    for (int round = 0; round < 3; ++round) {
        if (held.file) check_presence(held);
        if (!held.file) {
            auto file = StoreFile::open(options_.path, static_cast<int>(options_.lock_wait.count()),
                                        now_(), held.opened);
            if (!file) {
                if (file.error().trouble == StoreTrouble::damaged) set_aside(held);
                return tl::unexpected(file.error());
            }
            held.file = std::move(*file);
            held.opened = true;
        }
        if (held.batch.empty() && held.gaps.empty()) return {};
        auto written = held.file->write(held.batch, held.gaps);
        if (!written) {
            if (written.error().trouble == StoreTrouble::damaged)
                set_aside(held);
            else if (written.error().trouble != StoreTrouble::locked)
                held.file.reset();
            return written;
        }
        if (held.file->presence() != StoreFile::Presence::gone) return {};
    }
    return tl::unexpected(StoreFault{StoreTrouble::io, "somebody keeps deleting it"});
}

void StoreWriter::check_presence(Held& held) {
    const auto presence = held.file->presence();
    if (presence == StoreFile::Presence::here) return;
    held.file.reset();
    if (presence == StoreFile::Presence::gone) {
        const TimePoint now = now_();
        held.gaps.push_back({now, now, std::nullopt, "the store was deleted or replaced"});
        say_("store " + options_.path + " was deleted or replaced: begun anew");
    }
}

void StoreWriter::set_aside(Held& held) {
    held.file.reset();
    if (StoreFile::set_aside(options_.path)) {
        const TimePoint now = now_();
        held.gaps.push_back({now, now, std::nullopt, "the store was damaged"});
        say_("store " + options_.path + " is damaged: kept as " + options_.path +
             ".damaged, begun anew");
    }
}

void StoreWriter::speak(const std::optional<StoreFault>& fault) {
    const TimePoint now = now_();
    std::uint64_t dropped = 0;
    std::uint64_t unlogged = 0;
    std::uint64_t waiting = 0;
    std::uint64_t unlogged_waiting = 0;
    {
        const std::lock_guard lock{mutex_};
        dropped = dropped_count_;
        unlogged = unlogged_dropped_;
        waiting = queue_.size() + in_flight_;
        unlogged_waiting = unlogged_waiting_;
    }
    const bool due = !spoke_ || now - *spoke_ >= between_lines || now < *spoke_;
    const bool changed = fault.has_value() != said_trouble_;
    if (!due || (!changed && dropped == said_dropped_)) {
        // A trouble that came and went within the minute, without a loss, is not worth a line.
        return;
    }
    std::string line = "store " + options_.path;
    if (fault) {
        line += ": ";
        line += to_string(fault->trouble);
        line += " (" + fault->why + ")";
    } else {
        line += said_trouble_ ? " works again" : " is too slow";
    }
    if (dropped > said_dropped_) {
        const std::uint64_t missing = dropped - said_dropped_;
        line += "; " + decisions(missing) + " could not be stored, " +
                who_has(missing, unlogged - said_unlogged_);
    } else if (fault) {
        line += "; decisions wait in memory, " + who_has(waiting, unlogged_waiting);
    }
    say_(line);
    spoke_ = now;
    said_trouble_ = fault.has_value();
    said_dropped_ = dropped;
    said_unlogged_ = unlogged;
}

void StoreWriter::give_up(Held& held) {
    std::uint64_t left = 0;
    std::uint64_t unlogged = 0;
    {
        const std::lock_guard lock{mutex_};
        left = in_flight_ + queue_.size();
        unlogged = std::exchange(unlogged_waiting_, 0);
        dropped_count_ += left;
        unlogged_dropped_ += unlogged;
        in_flight_ = 0;
        queue_.clear();
        ended_ = true;
    }
    settled_.notify_all();
    if (left > 0) {
        say_("store " + options_.path + ": " + decisions(left) +
             " could not be stored before the end, " + who_has(left, unlogged));
    } else if (held.file) {
        held.file->ended(now_());
    }
}

}  // namespace relaypermit

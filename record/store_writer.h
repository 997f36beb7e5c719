// Writes decisions to the store in a thread of its own, so that a slow, locked, full or missing
// disk never holds up mail: offer() puts it into a bounded queue and returns.
//
// What is lost when: a kill -9 or a power cut costs what was offered within the last
// `flush_after` (one second) and what still waits for a disk in trouble; a killed daemon is
// noted as a gap without a number. Everything else that is not stored is counted by reason, said
// through `say` at once and then at most once a minute, and noted in the store as a gap when it
// works again. What is said tells whether the log has them (log_copy()).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "record/store_file.h"

namespace relaypermit {

struct StoreOptions {
    std::string path{};
    std::uint32_t keep_days{30};  // 0: for ever
    // Of the file; its write-ahead log adds some MB to it. 0: no limit.
    std::uint32_t max_mb{1024};
    // Decisions that wait at most, in memory: some 5 MB as they usually are.
    std::size_t queue_capacity{8192};
    std::size_t batch{512};  // rows a transaction
    std::chrono::milliseconds flush_after{1000};
    std::chrono::milliseconds lock_wait{500};
    // Between two tries of a store in trouble.
    std::chrono::milliseconds retry_after{2000};
};

struct StoreCounts {
    std::uint64_t offered{};
    std::uint64_t stored{};   // in rows, collapsed ones included
    std::uint64_t dropped{};  // offered == stored + dropped + waiting
    std::uint64_t waiting{};
    std::optional<StoreTrouble> trouble{};  // what it suffers from now
};

// Where the line of each decision goes beside the store.
enum class LogCopy : std::uint8_t { none, syslog, standard_error };

// "syslog has them", "the log has them" or "nothing else has them".
[[nodiscard]] std::string_view who_has_them(LogCopy copy);

class StoreWriter {
  public:
    // Called from the writer's thread alone (`now` and `say`); both must be safe there.
    using Clock = std::function<TimePoint()>;
    using Say = std::function<void(const std::string& line)>;

    // Opens nothing yet: the store may be missing for as long as it likes.
    StoreWriter(StoreOptions options, Clock now, Say say);
    ~StoreWriter();  // end()
    StoreWriter(const StoreWriter&) = delete;
    StoreWriter& operator=(const StoreWriter&) = delete;

    // Stores what waits, trying a store in trouble once more; takes about lock_wait and a
    // transaction. What is left is counted and said. Any thread but the writer's, once or often.
    void end();

    // Any thread. Never waits for the disk; counted as dropped where the queue is full. False, not
    // counted and `record` left whole, after end().
    bool offer(Record&& record, TimePoint time);
    // Waits until everything offered before is stored, or has been tried and failed once more;
    // true where all of it is stored. Any thread.
    bool flush();
    // Any thread.
    [[nodiscard]] StoreCounts counts() const;
    // New limits after a reload; the path stays. Any thread.
    void limit(std::uint32_t keep_days, std::uint32_t max_mb);
    // Of the decisions offered from now on. LogCopy::syslog until then. Any thread.
    void log_copy(LogCopy copy);

  private:
    // What the writer's thread has in hand.
    struct Held {
        std::unique_ptr<StoreFile> file{};
        bool opened{};  // it had the store open before
        std::vector<Offered> batch{};
        std::vector<StoreGap> gaps{};
    };

    void run();
    // True at the end of the writer's life.
    [[nodiscard]] bool wait_for_work(bool more_to_trim);
    // Fills up the batch; answers which flush() it will serve.
    [[nodiscard]] std::uint64_t take(Held& held);
    [[nodiscard]] StoreResult<void> store(Held& held);
    void check_presence(Held& held);
    void set_aside(Held& held);
    void speak(const std::optional<StoreFault>& fault);
    void give_up(Held& held);
    // To be noted in the store once it works; under mutex_.
    void miss(StoreGap gap);
    // "syslog has them", of `missing` decisions of which `unlogged` never had a line.
    [[nodiscard]] std::string who_has(std::uint64_t missing, std::uint64_t unlogged) const;

    const StoreOptions options_;
    const Clock now_;
    const Say say_;
    std::atomic<std::uint32_t> keep_days_;
    std::atomic<std::uint32_t> max_mb_;
    std::atomic<LogCopy> log_copy_{LogCopy::syslog};

    mutable std::mutex mutex_;
    std::condition_variable wake_;     // the writer: work, a flush, the end
    std::condition_variable settled_;  // flush(): a try is over
    std::deque<Offered> queue_;
    std::size_t in_flight_{};     // in the writer's hand, not yet stored
    std::vector<StoreGap> gaps_;  // dropped decisions by reason, not yet noted in the store
    std::uint64_t offered_{};
    std::uint64_t stored_{};
    std::uint64_t dropped_count_{};
    std::uint64_t unlogged_dropped_{};
    std::uint64_t unlogged_waiting_{};  // in the queue and in flight
    std::uint64_t flushes_wanted_{};
    std::uint64_t flushes_done_{};
    std::optional<StoreTrouble> trouble_{};
    bool ending_{};
    bool ended_{};
    std::mutex joining_;  // of end(), alone

    // The writer's thread alone:
    std::optional<TimePoint> spoke_{};
    bool said_trouble_{};
    std::uint64_t said_dropped_{};
    std::uint64_t said_unlogged_{};

    std::thread thread_;  // last: it uses all of the above
};

}  // namespace relaypermit

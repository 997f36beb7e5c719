#include "tool/inspect/read_ahead.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace relaypermit {
namespace {

// Decisions, and behind `count` of them room for more.
struct Batch {
    std::vector<Decision> decisions{};
    std::size_t count{};
};

// What one thread puts in and the other takes out; both wait. Emptied batches go back, so that a
// million rows are read into the same strings.
class Queue {
  public:
    // Leaves an empty batch in `batch`. False where nobody takes any more.
    bool put(Batch& batch) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return batches_.size() < most_batches || closed_; });
        if (closed_) return false;
        batches_.push_back(std::exchange(batch, {}));
        if (!spare_.empty()) {
            batch = std::move(spare_.back());
            spare_.pop_back();
        }
        changed_.notify_all();
        return true;
    }
    // Over `batch`, which goes back; of no decision where there is no more.
    void take(Batch& batch) {
        std::unique_lock lock(mutex_);
        batch.count = 0;
        if (!batch.decisions.empty()) spare_.push_back(std::exchange(batch, {}));
        changed_.wait(lock, [&] { return !batches_.empty() || ended_; });
        if (batches_.empty()) return;
        batch = std::move(batches_.front());
        batches_.pop_front();
        changed_.notify_all();
    }
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

  private:
    static constexpr std::size_t most_batches = 8;
    std::mutex mutex_{};
    std::condition_variable changed_{};
    std::deque<Batch> batches_{};
    std::vector<Batch> spare_{};
    bool ended_{};
    bool closed_{};
};

// Lets the reader end, however the caller's thread leaves.
class Joined {
  public:
    Joined(std::thread thread, Queue& queue) : thread_(std::move(thread)), queue_(queue) {}
    ~Joined() { join(); }
    Joined(const Joined&) = delete;
    Joined& operator=(const Joined&) = delete;
    void join() {
        queue_.close();
        if (thread_.joinable()) thread_.join();
    }

  private:
    std::thread thread_;
    Queue& queue_;
};

}  // namespace

tl::expected<ReadNotes, std::string> each_ahead(Decisions& decisions, const TimeSpan& span,
                                                bool refusals_only,
                                                const std::function<bool(Decision&&)>& visit) {
    constexpr std::size_t batch_size = 256;
    Queue queue;
    std::optional<tl::expected<ReadNotes, std::string>> read;
    std::exception_ptr thrown;
    Joined reader(std::thread([&] {
                      try {
                          Batch batch;
                          read = decisions.each(span, refusals_only, [&](Decision&& decision) {
                              if (batch.count == batch.decisions.size())
                                  batch.decisions.emplace_back();
                              std::swap(batch.decisions[batch.count++], decision);
                              return batch.count < batch_size || queue.put(batch);
                          });
                          if (batch.count > 0) static_cast<void>(queue.put(batch));
                      } catch (...) {
                          thrown = std::current_exception();
                      }
                      queue.end();
                  }),
                  queue);
    bool wanted = true;
    Batch batch;
    for (queue.take(batch); wanted && batch.count > 0; queue.take(batch)) {
        for (Decision& decision : std::span(batch.decisions).first(batch.count)) {
            wanted = visit(std::move(decision));
            if (!wanted) break;
        }
        if (!wanted) break;
    }
    reader.join();
    if (thrown) std::rethrow_exception(thrown);
    return *std::move(read);
}

}  // namespace relaypermit

#include "tool/inspect/read_ahead.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace relaypermit {
namespace {

using Batch = std::vector<Decision>;

// What one thread puts in and the other takes out; both wait.
class Queue {
  public:
    // False where nobody takes any more.
    bool put(Batch batch) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return batches_.size() < most_batches || closed_; });
        if (closed_) return false;
        batches_.push_back(std::move(batch));
        changed_.notify_all();
        return true;
    }
    // Empty where there is no more.
    Batch take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !batches_.empty() || ended_; });
        if (batches_.empty()) return {};
        Batch batch = std::move(batches_.front());
        batches_.pop_front();
        changed_.notify_all();
        return batch;
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
                              batch.push_back(std::move(decision));
                              return batch.size() < batch_size ||
                                     queue.put(std::exchange(batch, {}));
                          });
                          if (!batch.empty()) static_cast<void>(queue.put(std::move(batch)));
                      } catch (...) {
                          thrown = std::current_exception();
                      }
                      queue.end();
                  }),
                  queue);
    bool wanted = true;
    for (Batch batch = queue.take(); wanted && !batch.empty(); batch = queue.take()) {
        for (Decision& decision : batch) {
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

#include "tables/modules/lookup_watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace relaypermit {

struct WatchedLookup::State {
    std::mutex mutex{};
    std::vector<int> sockets{};  // guarded by mutex
    bool ended{};                // guarded by mutex

    ~State() {
        for (const int socket : sockets) ::close(socket);
    }
    void end() {
        const std::lock_guard lock(mutex);
        ended = true;
        for (const int socket : sockets) ::shutdown(socket, SHUT_RDWR);
    }
};

// The one thread of a process that waits for deadlines. Never destroyed: it outlives main().
class LookupWatchdog {
  public:
    using State = WatchedLookup::State;
    using Watched = std::multimap<Deadline::Clock::time_point, std::shared_ptr<State>>;

    static LookupWatchdog& instance() {
        static LookupWatchdog& one = *new LookupWatchdog;
        return one;
    }

    void add(Deadline::Clock::time_point at, const std::shared_ptr<State>& state) {
        const std::lock_guard lock(mutex_);
        if (!running_) {
            std::thread([this] { run(); }).detach();
            running_ = true;
        }
        const auto added = watched_.emplace(at, state);
        if (added == watched_.begin()) wake_.notify_one();
    }

    void remove(const std::shared_ptr<State>& state) {
        const std::lock_guard lock(mutex_);
        for (auto one = watched_.begin(); one != watched_.end(); ++one)
            if (one->second == state) {
                watched_.erase(one);
                return;
            }
    }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            if (watched_.empty()) {
                wake_.wait(lock);
                continue;
            }
            const auto first = watched_.begin();
            if (Deadline::Clock::now() < first->first) {
                const auto at = first->first;
                wake_.wait_until(lock, at);
                continue;
            }
            const std::shared_ptr<State> due = first->second;
            watched_.erase(first);
            due->end();
        }
    }

    std::mutex mutex_{};
    std::condition_variable wake_{};
    Watched watched_{};  // guarded by mutex_
    bool running_{};     // guarded by mutex_
};

WatchedLookup::WatchedLookup(const Deadline& deadline) : state_(std::make_shared<State>()) {
    LookupWatchdog::instance().add(deadline.at(), state_);
}

WatchedLookup::~WatchedLookup() {
    LookupWatchdog::instance().remove(state_);
}

void WatchedLookup::watch(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return;
    const std::lock_guard lock(state_->mutex);
    state_->sockets.push_back(copy);
    if (state_->ended) ::shutdown(copy, SHUT_RDWR);
}

bool WatchedLookup::was_ended() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ended;
}

}  // namespace relaypermit

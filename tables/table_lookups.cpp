#include "tables/table_lookups.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

namespace relaypermit {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds probe_interval{30};
constexpr std::size_t max_threads = 64;  // hung ones included

TableAnswer failed(const std::string& table, std::string why) {
    return {table, false, {}, std::move(why)};
}

}  // namespace

// One table. Shared with its threads, which are detached: a lookup that hangs in somebody else's
// library cannot be ended, and must not keep the daemon from ending.
class TableLookups::Worker : public std::enable_shared_from_this<Worker> {
  public:
    Worker(OpenTable open, SteadyClock clock, std::function<void(const std::string&)> report)
        : open_(std::move(open)), clock_(std::move(clock)), report_(std::move(report)) {}

    // Says in `cached_already` whether it did not have to ask.
    TableAnswer ask(const Login& login, bool& cached_already) {
        // Not in lower case: to a table Alice may be another than alice.
        const std::string key = to_string(login);
        std::unique_lock lock(mutex_);
        if (auto cached = from_cache(key)) {
            cached_already = true;
            return *cached;
        }

        std::shared_ptr<Lookup> lookup;
        if (const auto under_way = under_way_.find(key); under_way != under_way_.end()) {
            lookup = under_way->second;
            if (lookup->overdue) return failed(id(), still_waiting());
        } else {
            if (overdue_ >= threads_per_table && !may_probe()) return failed(id(), still_waiting());
            if (queue_.size() >= max_waiting) return failed(id(), "too many lookups are waiting");
            lookup = std::make_shared<Lookup>();
            lookup->login = login;
            lookup->key = key;
            under_way_.emplace(key, lookup);
            queue_.push_back(lookup);
            start_thread();
            if (threads_ == 0) {
                queue_.pop_back();
                under_way_.erase(key);
                return failed(id(), "no thread could be started for the lookup");
            }
            wake_.notify_one();
        }
        const auto timeout = std::chrono::milliseconds(open_.settings.timeout_ms);
        if (!done_.wait_for(lock, timeout, [&] { return lookup->answer.has_value(); })) {
            if (!lookup->overdue) {
                lookup->overdue = true;
                ++overdue_;
            }
            return failed(id(),
                          "timed out after " + std::to_string(open_.settings.timeout_ms) + " ms");
        }
        return *lookup->answer;
    }

    void stop() {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }

  private:
    struct Lookup {
        Login login{};
        std::string key{};
        std::optional<TableAnswer> answer{};
        bool overdue{};
    };
    struct Cached {
        TableAnswer answer{};
        steady_clock::time_point until{};
    };

    [[nodiscard]] const std::string& id() const { return open_.settings.id; }
    [[nodiscard]] static std::string still_waiting() {
        return "an earlier lookup has not come back";
    }

    std::optional<TableAnswer> from_cache(const std::string& key) {
        const auto cached = cache_.find(key);
        if (cached == cache_.end()) return std::nullopt;
        if (clock_() < cached->second.until) return cached->second.answer;
        cache_.erase(cached);
        return std::nullopt;
    }

    // All threads hang in lookups that nobody waits for any more: once in a while one more
    // lookup, on a thread of its own, finds out whether the table is back.
    [[nodiscard]] bool may_probe() {
        const auto now = clock_();
        if (now < next_probe_ || threads_ >= max_threads) return false;
        next_probe_ = now + probe_interval;
        return true;
    }

    // Where the system has no thread left, those that there are do the work.
    void start_thread() {
        const std::size_t wanted = threads_per_table + overdue_;
        if (queue_.size() <= idle_ || threads_ >= std::min(wanted, max_threads)) return;
        try {
            std::thread([self = shared_from_this()] { self->work(); }).detach();
            ++threads_;
        } catch (const std::exception&) {
        }
    }

    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            ++idle_;
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            --idle_;
            if (stopping_) return;
            const std::shared_ptr<Lookup> lookup = queue_.front();
            queue_.pop_front();
            lock.unlock();
            std::vector<std::string> complaints;
            TableAnswer answer = look_up(lookup->login, complaints);
            lock.lock();
            if (stopping_) return;  // clock_ and report_ may be gone with their owner
            try {
                if (report_) std::for_each(complaints.begin(), complaints.end(), report_);
                if (answer.known && open_.settings.cache_s > 0) {
                    if (cache_.size() >= max_cached) cache_.clear();
                    cache_[lookup->key] = {answer,
                                           clock_() + std::chrono::seconds(open_.settings.cache_s)};
                }
            } catch (const std::exception&) {
                // Neither said nor cached, but answered.
            }
            lookup->answer = std::move(answer);
            if (lookup->overdue) --overdue_;
            under_way_.erase(lookup->key);
            done_.notify_all();
        }
    }

    // Outside the lock. No exception may end the thread, and with it the daemon.
    TableAnswer look_up(const Login& login, std::vector<std::string>& complaints) {
        try {
            return look_up_or_throw(login, complaints);
        } catch (const std::exception& error) {
            return failed(id(), error.what());
        }
    }

    TableAnswer look_up_or_throw(const Login& login, std::vector<std::string>& complaints) {
        TableResult result = open_.table->look_up(key_of(login));
        for (const std::string& remark : result.remarks)
            complaints.push_back("alias table " + id() + ": " + remark);
        TableAnswer answer{id(), result.known, {}, std::move(result.why)};
        for (const std::string& text : result.values) {
            auto pattern = Pattern::parse(text, PatternRole::sender);
            if (pattern)
                answer.senders.push_back(std::move(*pattern));
            else
                complaints.push_back(complaint(text, login, pattern.error().why));
        }
        return answer;
    }

    // What has no @ may be a password that somebody put into the wrong property.
    [[nodiscard]] std::string complaint(const std::string& text, const Login& login,
                                        const std::string& why) const {
        const std::string of =
            " of login " + to_string(login) + " is no sender pattern and is ignored: ";
        const std::string entry = "alias table " + id() + ": entry ";
        if (text.find('@') == std::string::npos)
            return entry + "without @" + of + "not shown, as it may be a password";
        return entry + "`" + text + "`" + of + why;
    }

    const OpenTable open_;
    const SteadyClock clock_;
    const std::function<void(const std::string&)> report_;

    std::mutex mutex_{};
    std::condition_variable wake_{};  // something is queued, or the end
    std::condition_variable done_{};  // some lookup has its answer
    // Guarded by mutex_:
    std::deque<std::shared_ptr<Lookup>> queue_{};
    std::unordered_map<std::string, std::shared_ptr<Lookup>> under_way_{};
    std::unordered_map<std::string, Cached> cache_{};
    std::size_t threads_{};
    std::size_t idle_{};
    steady_clock::time_point next_probe_{};
    std::size_t overdue_{};  // lookups whose callers have given up and that are still out
    bool stopping_{};
};

TableLookups::TableLookups(std::vector<OpenTable> tables, SteadyClock clock,
                           std::function<void(const std::string&)> report, Watch watch)
    : watch_(std::move(watch)) {
    for (OpenTable& open : tables) {
        const std::string id = open.settings.id;
        workers_.emplace(id, std::make_shared<Worker>(std::move(open), clock, report));
    }
}

TableLookups::~TableLookups() {
    for (auto& [id, worker] : workers_) worker->stop();
}

TableAnswer TableLookups::ask(const std::string& table, const Login& login) {
    const auto since = steady_clock::now();
    bool cached = false;
    const auto worker = workers_.find(table);
    TableAnswer answer = worker == workers_.end() ? failed(table, "no such alias table")
                                                  : worker->second->ask(login, cached);
    if (watch_ && !cached) watch_(table, steady_clock::now() - since, answer.known);
    return answer;
}

}  // namespace relaypermit

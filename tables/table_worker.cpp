#include "tables/table_worker.h"

#include <algorithm>
#include <exception>
#include <random>
#include <thread>
#include <utility>

#include "config/table_kind.h"
#include "tables/table_values.h"

namespace relaypermit {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t max_said = 100;

std::string failed_in_a_row() {
    return std::to_string(CircuitBreaker::failures_to_open) + " lookups in a row have failed";
}

std::string still_waiting() {
    return "an earlier lookup has not come back";
}

std::function<double()> random_jitter() {
    return [engine = std::minstd_rand(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

RowTimes times_of(const TableSettings& settings) {
    return {settings.cache_s, settings.negative_cache_s, settings.stale_s};
}

}  // namespace

TableWorker::TableWorker(OpenTable open, AddressRules rules, SteadyClock clock,
                         std::function<void(const std::string&)> report)
    : open_(std::move(open)),
      rules_(std::move(rules)),
      clock_(std::move(clock)),
      report_(std::move(report)),
      cache_(max_cached_bytes, times_of(open_.settings)),
      breaker_(random_jitter()) {}

// Not in lower case: to a table Alice may be another than alice.
std::string TableWorker::name_of(const TableKey& key) const {
    const AliasTable::Uses uses = open_.table->uses();
    const bool by_login = open_.settings.by == TableBy::login;
    std::string name;
    if (by_login || uses.login) name = to_string(key.login);
    if (!by_login || uses.sender) name += '\0' + key.sender;
    return name;
}

RowAnswer TableWorker::failed(const std::string& name, std::string why) {
    RowCache::Found before = cache_.find(name, clock_());
    return {false, std::move(before.row), static_cast<std::uint32_t>(before.over.count()), false,
            std::move(why)};
}

std::string TableWorker::timed_out() const {
    return "timed out after " + std::to_string(open_.settings.timeout_ms) + " ms";
}

RowAnswer TableWorker::ask(const TableKey& key, steady_clock::time_point deadline) {
    const std::string name = name_of(key);
    std::unique_lock lock(mutex_);
    if (RowCache::Found cached = cache_.find(name, clock_());
        cached.row && cached.over.count() == 0) {
        std::string why = cached.row->why;
        return {true, std::move(cached.row), 0, true, std::move(why)};
    }
    std::string why;
    const std::shared_ptr<Lookup> lookup =
        steady_clock::now() < deadline ? lookup_of(key, name, why) : nullptr;
    if (!lookup) return failed(name, why.empty() ? timed_out() : std::move(why));
    if (done_.wait_until(lock, deadline, [&] { return lookup->answer.has_value(); }))
        return lookup->answer->known ? *lookup->answer : failed(name, lookup->answer->why);
    if (!lookup->overdue) {
        lookup->overdue = true;
        ++overdue_;
        note_failure(timed_out());
    }
    return failed(name, timed_out());
}

std::shared_ptr<TableWorker::Lookup> TableWorker::lookup_of(const TableKey& key,
                                                            const std::string& name,
                                                            std::string& why) {
    if (const auto under_way = under_way_.find(name); under_way != under_way_.end()) {
        if (!under_way->second->overdue) return under_way->second;
        why = still_waiting();
        return nullptr;
    }
    if (overdue_ >= max_threads)
        why = still_waiting();
    else if (queue_.size() >= max_waiting)
        why = "too many lookups are waiting";
    else if (!breaker_.may_ask(clock_()))
        why = "not asked, as " + failed_in_a_row();
    if (!why.empty()) return nullptr;
    auto lookup = std::make_shared<Lookup>();
    lookup->key = key;
    lookup->name = name;
    under_way_.emplace(name, lookup);
    queue_.push_back(lookup);
    start_thread();
    if (threads_ == 0) {
        queue_.pop_back();
        under_way_.erase(name);
        breaker_.withdrawn();
        why = "no thread could be started for the lookup";
        return nullptr;
    }
    wake_.notify_one();
    return lookup;
}

void TableWorker::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
}

// Where the system has no thread left, those that there are do the work.
void TableWorker::start_thread() {
    const std::size_t wanted = usual_threads + overdue_;
    if (queue_.size() <= idle_ || threads_ >= std::min(wanted, max_threads)) return;
    try {
        std::thread([self = shared_from_this()] { self->work(); }).detach();
        ++threads_;
    } catch (const std::exception&) {
    }
}

void TableWorker::work() {
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
        RowAnswer answer = look_up(lookup->key, complaints);
        lock.lock();
        if (stopping_) return;  // clock_ and report_ may be gone with their owner
        for (const std::string& line : complaints) say(line);
        take(*lookup, std::move(answer));
        under_way_.erase(lookup->name);
        done_.notify_all();
    }
}

void TableWorker::take(Lookup& lookup, RowAnswer answer) {
    if (answer.known) {
        try {
            cache_.keep(lookup.name, answer.row, clock_());
        } catch (const std::exception&) {
            // Not cached, but answered.
        }
    }
    if (lookup.overdue) {
        --overdue_;
    } else if (answer.of_key_alone) {
        breaker_.withdrawn();
    } else if (!answer.known) {
        note_failure(answer.why);
    } else {
        if (breaker_.is_open()) say(in_words(open_.settings) + " answers again");
        breaker_.succeeded();
    }
    lookup.answer = std::move(answer);
}

void TableWorker::note_failure(const std::string& why) {
    last_failure_ = why;
    failed_at_ = clock_();
    if (breaker_.failed(clock_()))
        say(in_words(open_.settings) + " is not asked for a while: " + failed_in_a_row() + ": " +
            why);
}

std::string TableWorker::fault() const {
    {
        const std::lock_guard lock(mutex_);
        if (breaker_.is_open() && clock_() - failed_at_ <= fault_holds)
            return "not asked but for a try now and then, as " + failed_in_a_row() + ": " +
                   last_failure_;
    }
    return open_.table->fault();
}

void TableWorker::forget_what_was_said() {
    const std::lock_guard lock(mutex_);
    said_.clear();
}

// Outside the lock. No exception may end the thread, and with it the daemon.
RowAnswer TableWorker::look_up(const TableKey& key, std::vector<std::string>& complaints) {
    try {
        return look_up_or_throw(key, complaints);
    } catch (const std::exception& error) {
        return {false, nullptr, 0, false, error.what()};
    }
}

RowAnswer TableWorker::look_up_or_throw(const TableKey& key, std::vector<std::string>& complaints) {
    TableResult result = open_.table->look_up(key);
    for (const std::string& remark : result.remarks)
        complaints.push_back(in_words(open_.settings) + ": " + remark);
    if (!result.known)
        return {false, nullptr, 0, false, std::move(result.why), result.of_key_alone};
    auto row = std::make_shared<TableRow>();
    row->why = result.why;
    for (const std::string& text : result.values) {
        // That it has the domain is all that counts of its row.
        if (open_.settings.by == TableBy::domain) {
            row->has_values = row->has_values || !means_no(text);
            continue;
        }
        // To Postfix one of commas alone is an answer too, which hides what comes behind it.
        row->has_values = row->has_values || !text.empty();
        std::vector<Pattern> patterns;
        bool sound = true;
        for (const std::string& value : split_value(text)) {
            auto pattern = pattern_of_value(value, open_.settings.by, rules_);
            if (pattern) {
                patterns.push_back(std::move(*pattern));
                continue;
            }
            sound = false;
            ++row->ignored;
            const std::lock_guard lock(mutex_);
            if (said_.size() >= max_said || !said_.insert(std::hash<std::string>{}(value)).second)
                continue;
            complaints.push_back(complaint(value, key, pattern.error()));
            if (said_.size() == max_said)
                complaints.push_back(in_words(open_.settings) +
                                     ": further entries that are ignored are only counted");
        }
        // Of "orders@example.com # not @example.org" only what names one address surely counts.
        for (Pattern& pattern : patterns)
            if (sound || pattern.kind() == Pattern::Kind::exact)
                row->patterns.push_back(std::move(pattern));
    }
    return {true, std::move(row), 0, false, std::move(result.why)};
}

std::string TableWorker::complaint(const std::string& value, const TableKey& key,
                                   const std::string& why) const {
    const bool by_login = open_.settings.by == TableBy::login;
    const std::string of = (by_login ? " of login " + to_string(key.login) + " is no sender pattern"
                                     : " of `" + key.sender + "` is no login pattern") +
                           " and is ignored: ";
    const std::string entry = in_words(open_.settings) + ": entry ";
    if (!may_be_shown(value))
        return entry + "without @" + of + "not shown, as it may be a password";
    return entry + "`" + value + "`" + of + why;
}

void TableWorker::say(const std::string& line) {
    try {
        if (report_) report_(line);
    } catch (const std::exception&) {
        // Not said, but answered.
    }
}

}  // namespace relaypermit

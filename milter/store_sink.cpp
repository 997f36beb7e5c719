#include "milter/store_sink.h"

#include <utility>

namespace relaypermit {

std::shared_ptr<StoreWriter> StoreSink::writer() const {
    const std::lock_guard lock(mutex_);
    return writer_;
}

void StoreSink::apply(const LogSettings& settings, LogCopy lines) {
    lines_ = lines;
    if (const auto current = writer(); current && settings.store == path_) {
        current->limit(settings.keep_days, settings.max_mb);
        current->log_copy(lines);
        return;
    }
    std::shared_ptr<StoreWriter> next;
    if (!settings.store.empty()) {
        StoreOptions options;
        options.path = settings.store;
        options.keep_days = settings.keep_days;
        options.max_mb = settings.max_mb;
        next = std::make_shared<StoreWriter>(
            std::move(options), now_,
            [this](const std::string& line) { log_.write(LogLevel::warning, line); });
        next->log_copy(lines);
    }
    path_ = settings.store;
    {
        const std::lock_guard lock(mutex_);
        std::swap(writer_, next);
        ending_ = next;
    }
    if (!next) return;
    // The old one stores what waits: outside the lock, and in this thread, not in that of a session
    // that happens to hold it last.
    next->end();
    const std::lock_guard lock(mutex_);
    dropped_before_ += next->counts().dropped;
    ending_.reset();
}

std::string StoreSink::lost_in_a_crash() const {
    if (path_.empty()) return {};
    return "Its last decisions, about a second of them, may be missing in the store: " +
           std::string(who_has_them(lines_));
}

void StoreSink::write(const Record& record) {
    auto current = writer();
    if (!current) return;
    Record copy = record;
    const TimePoint now = now_();
    // A reload may end the store between the two steps; the new one then takes the decision.
    std::shared_ptr<StoreWriter> tried;
    for (; current && current != tried; current = writer()) {
        // NOLINTNEXTLINE(bugprone-use-after-move): one that does not take it leaves it whole.
        if (current->offer(std::move(copy), now)) return;
        tried = std::move(current);
    }
}

void StoreSink::tell(const LogSettings& settings, DaemonStatus& status) const {
    const auto current = writer();
    if (!current) return;
    const StoreCounts counts = current->counts();
    status.store = {settings.store, counts.waiting, counts.stored, counts.dropped,
                    std::string(counts.trouble ? to_string(*counts.trouble) : "")};
}

void StoreSink::count(SinkCounts& counts) const {
    const std::lock_guard lock(mutex_);
    counts.store_dropped += dropped_before_;
    for (const auto& store : {ending_, writer_}) {
        if (!store) continue;
        const StoreCounts now = store->counts();
        counts.store_waiting += now.waiting;
        counts.store_dropped += now.dropped;
    }
}

void StoreSink::close() {
    std::shared_ptr<StoreWriter> last;
    {
        const std::lock_guard lock(mutex_);
        std::swap(writer_, last);
    }
    if (last) last->end();
}

}  // namespace relaypermit

#include "tables/late_table.h"

#include <exception>
#include <utility>

#include "tables/open_table.h"

namespace relaypermit {

namespace {

// Whatever becomes of it, it has to be tried again.
OpenedTable open_or_say_why(const TableSettings& settings) {
    try {
        return open_table(settings);
    } catch (const std::exception& error) {
        return tl::make_unexpected(std::string(error.what()));
    }
}

}  // namespace

TableResult LateTable::look_up(const TableKey& key) {
    std::shared_ptr<AliasTable> table;
    {
        std::unique_lock lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (!table_ && !opening_ && now >= next_) {
            next_ = now + pause;
            opening_ = true;
            lock.unlock();
            OpenedTable opened = open_or_say_why(settings_);
            lock.lock();
            opening_ = false;
            if (opened)
                table_ = std::move(*opened);
            else
                why_ = std::move(opened.error());
        }
        if (!table_) return {false, {}, {}, why_};
        table = table_;
    }
    return table->look_up(key);
}

std::string LateTable::fault() const {
    const std::lock_guard lock(mutex_);
    return table_ ? table_->fault() : why_ + "; it is tried again";
}

}  // namespace relaypermit

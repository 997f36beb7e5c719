#include "tables/late_table.h"

#include <utility>

#include "tables/open_table.h"

namespace relaypermit {

TableResult LateTable::look_up(const TableKey& key) {
    std::shared_ptr<AliasTable> table;
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (!table_ && now >= next_) {
            next_ = now + pause;
            if (auto opened = open_table(settings_))
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
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return "it is being opened";
    return table_ ? table_->fault() : why_ + "; it is tried again";
}

}  // namespace relaypermit

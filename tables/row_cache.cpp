#include "tables/row_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relaypermit {
namespace {

using std::chrono::seconds;

// Near enough: a node of a list, one of a hash table, the block of a shared pointer, the patterns.
std::size_t bytes_of(const std::string& key, const TableRow& row) {
    constexpr std::size_t nodes = 160;
    std::size_t bytes = nodes + sizeof(TableRow) + key.size() + row.why.size();
    for (const Pattern& pattern : row.patterns)
        bytes += sizeof(Pattern) + 32 + 2 * pattern.text().size();
    return bytes;
}

}  // namespace

RowCache::Found RowCache::find(std::string_view key, TimePoint now) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return {};
    const Rows::iterator kept = found->second;
    if (now >= kept->until + seconds(times_.stale)) {
        drop(kept);
        return {};
    }
    rows_.splice(rows_.begin(), rows_, kept);
    if (now < kept->until) return {kept->row, {}};
    return {kept->row, std::max(seconds(1), std::chrono::ceil<seconds>(now - kept->until))};
}

void RowCache::keep(const std::string& key, std::shared_ptr<const TableRow> row, TimePoint now) {
    if (const auto before = by_key_.find(key); before != by_key_.end()) drop(before->second);
    const seconds fresh(row->has_values ? times_.with_values : times_.without);
    if (fresh + seconds(times_.stale) == seconds(0)) return;
    const std::size_t bytes = bytes_of(key, *row);
    if (bytes > max_bytes_) return;
    while (bytes_ + bytes > max_bytes_) drop(std::prev(rows_.end()));
    rows_.push_front({key, std::move(row), now + fresh, bytes});
    bytes_ += bytes;
    by_key_.emplace(rows_.front().key, rows_.begin());
}

void RowCache::drop(Rows::iterator kept) {
    bytes_ -= kept->bytes;
    by_key_.erase(kept->key);
    rows_.erase(kept);
}

}  // namespace relaypermit

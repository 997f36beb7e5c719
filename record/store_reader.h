// Reads the decision store, from any process that may read the file and while the daemon writes.
// Writes nothing. One thread for each reader.
//
// A reader needs read permission on the file and on the -wal and -shm files beside it, nothing
// more: the daemon leaves these in place when it ends. Where they are missing (a copy of the file
// alone) the file is read as it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "record/store.h"

namespace relaypermit {

struct StoreQuery {
    std::optional<TimePoint> since{};  // decisions at or after
    std::optional<TimePoint> until{};  // and before
    bool refusals_only{};              // no accepted ones
    std::int64_t after_id{};           // for followers
};

class StoreReader {
  public:
    // `version` is the one that this program reads. A store of an older one is a fault: the daemon
    // brings it up to date.
    [[nodiscard]] static StoreResult<StoreReader> open(
        const std::string& path, std::size_t version = store_migrations().size());

    // How many rows are read at once. Between two pages, and while `visit` runs, no read
    // transaction is open: whoever reads slowly (a pager that waits) must not keep the daemon from
    // resetting its write-ahead log.
    static constexpr std::size_t page_rows = 1000;

    // Calls `visit` for each row in the order of time (a follower's: of storing), until it answers
    // false. What `visit` leaves of a row is read over: strings that it leaves keep their room.
    // What is stored meanwhile is not seen; what is deleted meanwhile may be.
    [[nodiscard]] StoreResult<void> each(const StoreQuery& query,
                                         const std::function<bool(StoredRecord&&)>& visit);
    // Every decision of a reference (normalized: policy/reply.h), collapsed ones included.
    [[nodiscard]] StoreResult<std::vector<StoredRecord>> find(const std::string& reference);
    // Rows that the last each() or find() passed over: this version does not know what they say.
    [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }
    // When the oldest decision was taken; nullopt where there is none.
    [[nodiscard]] StoreResult<std::optional<TimePoint>> begins();
    // How many messages were accepted; without reading them.
    [[nodiscard]] StoreResult<std::uint64_t> accepted(std::optional<TimePoint> since,
                                                      std::optional<TimePoint> until);
    // Who sent what was accepted, each once; without reading the rest of it.
    [[nodiscard]] StoreResult<std::vector<std::string>> logins_of_accepted(
        std::optional<TimePoint> since, std::optional<TimePoint> until);
    // Gaps that overlap the time, oldest first.
    [[nodiscard]] StoreResult<std::vector<StoreGap>> gaps(std::optional<TimePoint> since,
                                                          std::optional<TimePoint> until);
    [[nodiscard]] StoreResult<std::int64_t> last_id();

  private:
    explicit StoreReader(Database database) : database_(std::move(database)) {}
    struct Page {
        std::vector<StoredRecord> rows{};
        std::size_t count{};    // of `rows`; those behind are room for the next page
        std::size_t scanned{};  // those that cannot be read, too
        std::int64_t last_time{};
        std::int64_t last_id{};
    };
    // The rows that a statement still has, read over those of an earlier page.
    [[nodiscard]] StoreResult<void> read_page(Statement& statement, Page& page);

    Database database_;
    std::uint64_t unreadable_{};
};

}  // namespace relaypermit

// Reads the decision store, from any process that may read the file and while the daemon writes.
// Writes nothing. One thread for each reader.
//
// A reader needs read permission on the file and on the -wal and -shm files beside it, nothing
// more: the daemon leaves these in place when it ends. Where they are missing (a copy of the file
// alone) the file is read as it is.
#pragma once

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
    [[nodiscard]] static StoreResult<StoreReader> open(const std::string& path);

    // Calls `visit` for each row in the order of time (a follower's: of storing), until it answers
    // false. One snapshot:
    // what is stored meanwhile is not seen.
    [[nodiscard]] StoreResult<void> each(const StoreQuery& query,
                                         const std::function<bool(StoredRecord&&)>& visit);
    // Every decision of a reference (normalized: policy/reply.h), collapsed ones included.
    [[nodiscard]] StoreResult<std::vector<StoredRecord>> find(const std::string& reference);
    // How many messages were accepted; without reading them.
    [[nodiscard]] StoreResult<std::uint64_t> accepted(std::optional<TimePoint> since,
                                                      std::optional<TimePoint> until);
    // Gaps that overlap the time, oldest first.
    [[nodiscard]] StoreResult<std::vector<StoreGap>> gaps(std::optional<TimePoint> since,
                                                          std::optional<TimePoint> until);
    [[nodiscard]] StoreResult<std::int64_t> last_id();

  private:
    explicit StoreReader(Database database) : database_(std::move(database)) {}
    Database database_;
};

}  // namespace relaypermit

// The daemon's end of the store: opens or begins it, writes batches, notices when the file was
// taken away, deletes what is too old. Knows nothing of queues. One thread.
#pragma once

#include <sys/types.h>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/flood.h"
#include "record/store.h"

namespace relaypermit {

// A decision on its way into the store.
struct Offered {
    Record record{};
    TimePoint time{};
    bool logged{true};  // there is a line of the log too
};

class StoreFile {
  public:
    // Creates the file with mode 0640 where there is none. `lock_wait_ms` is how long each
    // transaction waits for another process. `again`: this process had the store open before;
    // otherwise a predecessor that did not end its writing is noted as a gap.
    [[nodiscard]] static StoreResult<std::unique_ptr<StoreFile>> open(const std::string& path,
                                                                      int lock_wait_ms,
                                                                      TimePoint now, bool again);
    // Notes the orderly end.
    ~StoreFile();
    StoreFile(const StoreFile&) = delete;
    StoreFile& operator=(const StoreFile&) = delete;

    // All of it in one transaction, or nothing.
    [[nodiscard]] StoreResult<void> write(const std::vector<Offered>& batch,
                                          const std::vector<StoreGap>& gaps);

    enum class Presence : std::uint8_t {
        here,
        helpers_gone,  // the -wal or -shm file: what was written is safe, but open it anew
        gone,          // deleted or replaced: what was written last may be lost
    };
    [[nodiscard]] Presence presence() const;

    // One small step towards the limits (0: none), in a transaction of its own. True where more
    // is to be done.
    [[nodiscard]] StoreResult<bool> trim(std::uint32_t keep_days, std::uint64_t max_bytes,
                                         TimePoint now);
    void ended(TimePoint now) { ended_ = now; }

    // Moves a damaged store to PATH.damaged (replacing one that is there), so that a new one can
    // begin. False where it is not certain that the file is a store of ours: it is left alone.
    [[nodiscard]] static bool set_aside(const std::string& path);

  private:
    struct FileId {
        dev_t device{};
        ino_t inode{};
        friend bool operator==(const FileId&, const FileId&) = default;
    };
    StoreFile(std::string path, Database database);
    [[nodiscard]] StoreResult<void> prepare(TimePoint now, bool again);
    [[nodiscard]] StoreResult<void> write_one(const Offered& offered);
    // Those that have a row each.
    [[nodiscard]] StoreResult<void> write_rows(std::span<const Offered> rows);
    [[nodiscard]] StoreResult<void> note(const StoreGap& gap);
    [[nodiscard]] StoreResult<std::uint64_t> bytes();
    [[nodiscard]] static std::optional<FileId> id_of(const std::string& path);

    std::string path_;
    Database database_;
    std::optional<Statement> insert_{};
    std::optional<Statement> insert_many_{};
    std::optional<Statement> add_{};
    std::optional<Statement> reference_{};
    std::int64_t writer_row_{};
    std::optional<TimePoint> ended_{};
    std::array<std::optional<FileId>, 3> ids_{};  // of the file, -wal, -shm
    Flood flood_{};
};

}  // namespace relaypermit

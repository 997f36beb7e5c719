// An alias table that could not be opened yet: it is tried again as lookups come, so that a file
// that is put back and a disk that is mounted late need no reload. Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "config/settings.h"
#include "tables/alias_table.h"

namespace relaypermit {

class LateTable final : public AliasTable {
  public:
    static constexpr std::chrono::seconds pause{2};  // between two tries

    // `why` it could not be opened.
    LateTable(TableSettings settings, std::string why)
        : settings_(std::move(settings)), why_(std::move(why)) {}

    // Not known until it is open; whoever asks while another one opens it does not wait for that.
    [[nodiscard]] TableResult look_up(const TableKey& key) override;
    // What it will use is not known yet.
    [[nodiscard]] Uses uses() const override { return {true, true}; }
    [[nodiscard]] std::string fault() const override;

  private:
    const TableSettings settings_;
    mutable std::mutex mutex_{};
    // Guarded by mutex_:
    bool opening_{};  // by one thread, which does not hold the mutex meanwhile
    std::shared_ptr<AliasTable> table_{};
    std::string why_{};
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace relaypermit

// The decisions on their way into the store. write() from any thread; apply() by one.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "config/settings.h"
#include "milter/log.h"
#include "milter/record_sink.h"
#include "record/store_writer.h"

namespace relaypermit {

class StoreSink final : public RecordSink {
  public:
    // `log`: where it says what the store suffers from.
    StoreSink(StoreWriter::Clock now, Log& log) : now_(std::move(now)), log_(log) {}

    // [log] store, keep_days and max_mb. A store of another path is begun anew. What cannot be
    // stored is said to be where `lines` go.
    void apply(const LogSettings& settings, LogCopy lines) override;

    void write(const Record& record) override;

    [[nodiscard]] std::string lost_in_a_crash() const override;
    void tell(const LogSettings& settings, DaemonStatus& status) const override;

    void count(SinkCounts& counts) const override;

    // Stores what waits.
    void close() override;

  private:
    [[nodiscard]] std::shared_ptr<StoreWriter> writer() const;

    const StoreWriter::Clock now_;
    Log& log_;
    // Of the applying thread alone:
    std::string path_{};
    LogCopy lines_{LogCopy::syslog};

    mutable std::mutex mutex_{};
    std::shared_ptr<StoreWriter> writer_{};  // guarded by mutex_
    // Of the stores before it: one that ends at this moment, and what those that have ended have
    // dropped. Guarded by mutex_.
    std::shared_ptr<StoreWriter> ending_{};
    std::uint64_t dropped_before_{};
};

}  // namespace relaypermit

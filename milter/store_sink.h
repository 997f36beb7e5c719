// The decisions on their way into the store, beside the log. write() from any thread; apply() by
// one.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "config/settings.h"
#include "milter/log.h"
#include "milter/record_sink.h"
#include "record/store_writer.h"

namespace relaypermit {

class StoreSink final : public RecordSink {
  public:
    StoreSink(LogSink& log_sink, StoreWriter::Clock now, Log& log)
        : log_sink_(log_sink), now_(std::move(now)), log_(log) {}

    // [log] store, keep_days and max_mb. A store of another path is begun anew. `copy`: where the
    // log sink writes from now on.
    void apply(const LogSettings& settings, LogCopy copy);

    // To the log first, whatever becomes of the store.
    void write(Record record) override;

    // What a crash of this process would cost, as a sentence without its end; empty: nothing. Of
    // the applying thread alone.
    [[nodiscard]] std::string lost_in_a_crash() const;
    // Of the store in use; nullopt without one. Any thread.
    [[nodiscard]] std::optional<StoreCounts> counts() const;

    // Stores what waits; for the end of the process.
    void close();

  private:
    [[nodiscard]] std::shared_ptr<StoreWriter> writer() const;

    LogSink& log_sink_;
    const StoreWriter::Clock now_;
    Log& log_;
    // Of the applying thread alone:
    std::string path_{};
    LogCopy copy_{LogCopy::syslog};

    mutable std::mutex mutex_{};
    std::shared_ptr<StoreWriter> writer_{};  // guarded by mutex_
};

}  // namespace relaypermit

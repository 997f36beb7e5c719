// Where decisions go: the log now, a store beside it. Any thread.
#pragma once

#include <atomic>

#include "milter/log.h"
#include "record/line.h"
#include "record/record.h"

namespace relaypermit {

class RecordSink {
  public:
    RecordSink() = default;
    RecordSink(const RecordSink&) = delete;
    RecordSink& operator=(const RecordSink&) = delete;
    virtual ~RecordSink() = default;

    // Called once for each decision, by the thread that decides and before the client is
    // answered: a sink must not wait for a disk or a network.
    virtual void write(Record record) = 0;
};

// One line for each record.
class LogSink final : public RecordSink {
  public:
    explicit LogSink(Log& log) : log_(log) {}

    // [log] syslog = false.
    void enable(bool enabled) { enabled_.store(enabled, std::memory_order_relaxed); }
    void write(Record record) override { log(record); }
    void log(const Record& record) {
        if (enabled_.load(std::memory_order_relaxed))
            log_.write(LogLevel::info, format_line(record));
    }

  private:
    Log& log_;
    std::atomic<bool> enabled_{true};
};

}  // namespace relaypermit

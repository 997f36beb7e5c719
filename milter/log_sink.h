// The decisions on their way into the log, a line each, as [log] says. Any thread.
#pragma once

#include <atomic>

#include "milter/log.h"
#include "milter/record_sink.h"
#include "record/json_line.h"
#include "record/line.h"

namespace relaypermit {

class LogSink final : public RecordSink {
  public:
    explicit LogSink(Log& log) : log_(log) {}

    void apply(const LogSettings& settings, LogCopy lines) override {
        format_.store(settings.format, std::memory_order_relaxed);
        enabled_.store(lines != LogCopy::none, std::memory_order_relaxed);
    }
    void write(const Record& record) override {
        if (enabled_.load(std::memory_order_relaxed))
            log_.write(LogLevel::info, format_.load(std::memory_order_relaxed) == LogFormat::json
                                           ? format_json_line(record)
                                           : format_line(record));
    }

  private:
    Log& log_;
    std::atomic<bool> enabled_{true};
    std::atomic<LogFormat> format_{LogFormat::logfmt};
};

}  // namespace relaypermit

// All sinks of decisions as one. Threads as RecordSink says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "milter/log.h"
#include "milter/metrics.h"
#include "milter/record_sink.h"

namespace relaypermit {

class RecordSinks final : public RecordSink {
  public:
    // Every kind there is, in the order in which a decision reaches them.
    RecordSinks(Log& log, StoreWriter::Clock now, Metrics& metrics);
    explicit RecordSinks(std::vector<std::unique_ptr<RecordSink>> sinks)
        : sinks_(std::move(sinks)) {}

    void write(const Record& record) override;
    void apply(const LogSettings& settings, LogCopy lines) override;
    // The sentences of all, one behind the other.
    [[nodiscard]] std::string lost_in_a_crash() const override;
    void tell(const LogSettings& settings, DaemonStatus& status) const override;
    void count(SinkCounts& counts) const override;
    void close() override;

  private:
    std::vector<std::unique_ptr<RecordSink>> sinks_{};
};

}  // namespace relaypermit

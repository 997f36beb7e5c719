// Counts decisions. write() from any thread.
#pragma once

#include "milter/metrics.h"
#include "milter/record_sink.h"

namespace relaypermit {

class MetricsSink final : public RecordSink {
  public:
    explicit MetricsSink(Metrics& metrics) : metrics_(metrics) {}

    void write(const Record& record) override {
        metrics_.decided(record.verdict, record.cause, record.stage);
    }

  private:
    Metrics& metrics_;
};

}  // namespace relaypermit

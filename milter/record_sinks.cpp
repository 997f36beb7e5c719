#include "milter/record_sinks.h"

#include <utility>

#include "milter/log_sink.h"
#include "milter/metrics_sink.h"
#include "milter/store_sink.h"

namespace relaypermit {

// The log first: it has a decision whatever becomes of the store.
RecordSinks::RecordSinks(Log& log, StoreWriter::Clock now, Metrics& metrics) {
    sinks_.push_back(std::make_unique<LogSink>(log));
    sinks_.push_back(std::make_unique<StoreSink>(std::move(now), log));
    sinks_.push_back(std::make_unique<MetricsSink>(metrics));
}

void RecordSinks::write(const Record& record) {
    for (const auto& sink : sinks_) sink->write(record);
}

void RecordSinks::apply(const LogSettings& settings, LogCopy lines) {
    for (const auto& sink : sinks_) sink->apply(settings, lines);
}

std::string RecordSinks::lost_in_a_crash() const {
    std::string lost;
    for (const auto& sink : sinks_) {
        const std::string one = sink->lost_in_a_crash();
        if (!one.empty()) lost += (lost.empty() ? "" : ". ") + one;
    }
    return lost;
}

void RecordSinks::tell(const LogSettings& settings, DaemonStatus& status) const {
    for (const auto& sink : sinks_) sink->tell(settings, status);
}

void RecordSinks::count(SinkCounts& counts) const {
    for (const auto& sink : sinks_) sink->count(counts);
}

void RecordSinks::close() {
    for (const auto& sink : sinks_) sink->close();
}

}  // namespace relaypermit

// Everything that monitoring reads of the daemon, by name. Names and labels are API, and a label
// takes its value from a list or from the policy alone: never a login, address, client or
// reference, of which there is no end and which are nobody's business there. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "milter/metrics.h"
#include "milter/metrics_text.h"
#include "milter/record_sink.h"

namespace relaypermit {

// What is asked for at the moment of reading.
struct MetricsSources {
    const Metrics& metrics;
    std::function<std::uint64_t()> sessions;
    std::function<SinkCounts()> sinks;
    std::string version{};
};

[[nodiscard]] std::vector<Family> metrics_families(const MetricsSources& sources);

}  // namespace relaypermit

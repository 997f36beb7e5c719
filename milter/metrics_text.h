// Metrics as a page for Prometheus: its text format 0.0.4, and OpenMetrics 1.0. Pure; any thread.
// https://prometheus.io/docs/instrumenting/exposition_formats/,
// https://prometheus.io/docs/specs/om/open_metrics_spec/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "milter/histogram.h"

namespace relaypermit {

enum class MetricsFormat : std::uint8_t { text, open_metrics };

[[nodiscard]] std::string_view content_type(MetricsFormat format);

// Behind Accept (RFC 9110 12.5.1): OpenMetrics where it asks for that, and for nothing rather.
[[nodiscard]] MetricsFormat format_for(std::string_view accept);

enum class MetricType : std::uint8_t { counter, gauge, histogram };

struct Sample {
    std::vector<std::pair<std::string_view, std::string>> labels{};
    std::variant<std::uint64_t, double, Histogram::Reading> value{};
};

struct Family {
    std::string_view name{};  // of a counter with its _total
    std::string_view help{};
    MetricType type{};
    std::vector<Sample> samples{};
};

[[nodiscard]] std::string to_page(const std::vector<Family>& families, MetricsFormat format);

}  // namespace relaypermit

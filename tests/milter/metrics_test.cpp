// What the daemon counts, and the page that Prometheus reads of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "milter/metrics_families.h"
#include "milter/metrics_sink.h"
#include "milter/metrics_text.h"
#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

using namespace std::chrono_literals;

std::string page_of(const Metrics& metrics, MetricsFormat format = MetricsFormat::text,
                    SinkCounts sinks = {}) {
    return to_page(metrics_families({metrics, [] { return std::uint64_t{7}; },
                                     [sinks] { return sinks; }, "1.2.3"}),
                   format);
}

bool has_line(const std::string& page, const std::string& line) {
    return page.starts_with(line + "\n") || page.find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsText, EscapesWhatALabelHolds) {
    const Family family{
        "a_total", "b\\c\n\"d\"", MetricType::counter, {{{{"l", "x\\y\"z\nw"}}, std::uint64_t{3}}}};
    EXPECT_EQ(to_page({family}, MetricsFormat::text),
              "# HELP a_total b\\\\c\\n\"d\"\n"
              "# TYPE a_total counter\n"
              "a_total{l=\"x\\\\y\\\"z\\nw\"} 3\n");
}

TEST(MetricsText, NamesACounterWithoutItsSuffixInOpenMetricsAndEndsIt) {
    const Family family{"a_total", "\"b\"", MetricType::counter, {{{}, std::uint64_t{3}}}};
    EXPECT_EQ(to_page({family}, MetricsFormat::open_metrics),
              "# HELP a \\\"b\\\"\n# TYPE a counter\na_total 3\n# EOF\n");
}

TEST(MetricsText, AddsUpTheBucketsOfAHistogram) {
    Histogram times;
    for (const auto took : {50us, 51us, 100us, 2000us}) times.observe(took);
    times.observe(6s);
    times.observe(-1ns);  // a clock that stands still on another processor
    const Histogram::Reading reading = times.read();
    EXPECT_EQ(reading.at_most[0], 2U);
    EXPECT_EQ(reading.at_most[1], 4U);
    EXPECT_EQ(reading.at_most.back(), 5U);
    EXPECT_EQ(reading.count, 6U);
    EXPECT_TRUE(std::is_sorted(reading.at_most.begin(), reading.at_most.end()));
    EXPECT_DOUBLE_EQ(reading.sum_s, 6.002201);

    const std::string page =
        to_page({{"t_seconds", "h", MetricType::histogram, {{{{"stage", "mail"}}, reading}}}},
                MetricsFormat::text);
    for (const char* line :
         {"t_seconds_bucket{stage=\"mail\",le=\"5e-05\"} 2",
          "t_seconds_bucket{stage=\"mail\",le=\"0.0001\"} 4",
          "t_seconds_bucket{stage=\"mail\",le=\"0.0025\"} 5",
          "t_seconds_bucket{stage=\"mail\",le=\"1.0\"} 5",
          "t_seconds_bucket{stage=\"mail\",le=\"+Inf\"} 6",
          "t_seconds_sum{stage=\"mail\"} 6.002201", "t_seconds_count{stage=\"mail\"} 6"})
        EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
}

TEST(MetricsText, TakesOpenMetricsOnlyWhereItIsAskedFor) {
    for (const char* accept :
         {"application/openmetrics-text",
          "application/openmetrics-text; version=1.0.0; charset=utf-8",
          "Application/OpenMetrics-Text;Version=\"1.0.0\";q=0.5,text/plain;version=0.0.4;q=0.2",
          // Prometheus 2.42
          "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
          "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
        EXPECT_EQ(format_for(accept), MetricsFormat::open_metrics) << accept;
    for (const char* accept :
         {"", "*/*", "text/html", "text/plain;version=0.0.4",
          "application/openmetrics-text;version=2.0.0", "application/openmetrics-text;q=0",
          "application/openmetrics-text;q=x", "application/openmetrics-text;q=0.3,text/plain",
          ",;=,;q=", "application/openmetrics-textual"})
        EXPECT_EQ(format_for(accept), MetricsFormat::text) << accept;
}

TEST(Metrics, CountADecisionUnderItsVerdictCauseAndStage) {
    Metrics metrics;
    MetricsSink sink(metrics);
    Record record = sample_accept(1);
    record.verdict = Outcome::reject;
    record.cause = Cause::from_not_owned;
    record.stage = Stage::headers;
    sink.write(record);
    sink.write(record);
    record.verdict = Outcome::accept;
    record.cause.reset();
    sink.write(record);
    const std::string page = page_of(metrics);
    const std::string name = "relaypermit_decisions_total";
    EXPECT_TRUE(
        has_line(page, name + R"({verdict="reject",cause="from-not-owned",stage="eom"} 2)"));
    EXPECT_TRUE(has_line(page, name + R"({verdict="accept",cause="none",stage="eom"} 1)"));
}

TEST(Metrics, BeginWithEveryCauseAtZero) {
    const std::string page = page_of(Metrics());
    for (const Cause cause : all_causes)
        for (const char* verdict : {"reject", "tempfail", "monitor"})
            EXPECT_TRUE(has_line(page, std::string("relaypermit_decisions_total{verdict=\"") +
                                           verdict + "\",cause=\"" + std::string(to_string(cause)) +
                                           "\",stage=\"" + std::string(to_string(stage_of(cause))) +
                                           "\"} 0"))
                << to_string(cause);
    for (
        const char* line :
        {R"(relaypermit_decisions_total{verdict="accept",cause="none",stage="eom"} 0)",
         R"(relaypermit_decisions_total{verdict="mta-reject",cause="use-submission",stage="rcpt"} 0)",
         R"(relaypermit_decisions_total{verdict="tempfail",cause="lookup-failed",stage="eom"} 0)",
         R"(relaypermit_policy_reloads_total{result="failure"} 0)",
         R"(relaypermit_callback_duration_seconds_count{stage="rcpt"} 0)",
         "relaypermit_store_dropped_total 0", "relaypermit_sessions 7",
         R"(relaypermit_build_info{version="1.2.3"} 1)"})
        EXPECT_TRUE(has_line(page, line)) << line;
}

TEST(Metrics, TellWhatBecomesOfReloads) {
    Metrics metrics;
    metrics.started(TimePoint{100s}, true);
    metrics.reloaded(TimePoint{200s}, false);
    std::string page = page_of(metrics);
    const std::string last = "relaypermit_policy_last_reload_success";
    EXPECT_TRUE(has_line(page, R"(relaypermit_policy_reloads_total{result="failure"} 1)"));
    EXPECT_TRUE(has_line(page, last + "ful 0"));
    EXPECT_TRUE(has_line(page, last + "_timestamp_seconds 100"));
    metrics.reloaded(TimePoint{300s}, true);
    page = page_of(metrics);
    EXPECT_TRUE(has_line(page, R"(relaypermit_policy_reloads_total{result="success"} 1)"));
    EXPECT_TRUE(has_line(page, last + "ful 1"));
    EXPECT_TRUE(has_line(page, last + "_timestamp_seconds 300"));
}

TEST(Metrics, KeepTheCountsOfTheTablesThatStay) {
    Metrics metrics;
    const LookupMeters first = metrics.tables_are({"staff", "gone"});
    first.at("staff")->looked_up(2ms, false);
    const LookupMeters second = metrics.tables_are({"staff", "new"});
    second.at("staff")->looked_up(2ms, true);
    const std::string page = page_of(metrics);
    EXPECT_TRUE(has_line(page, R"(relaypermit_lookup_failures_total{table="staff"} 1)"));
    EXPECT_TRUE(has_line(page, R"(relaypermit_lookup_failures_total{table="new"} 0)"));
    EXPECT_TRUE(has_line(page, R"(relaypermit_lookup_duration_seconds_count{table="staff"} 2)"));
    EXPECT_EQ(page.find("gone"), std::string::npos);
}

// Whatever clients send, the page does not grow.
TEST(Metrics, HaveNoLabelThatAClientFillsIn) {
    Metrics metrics;
    MetricsSink sink(metrics);
    for (unsigned i = 0; i < 100; ++i) sink.write(sample_accept(i));
    std::set<std::string_view> labels;
    for (const Family& family : metrics_families(
             {metrics, [] { return std::uint64_t{0}; }, [] { return SinkCounts{}; }, ""})) {
        EXPECT_LE(family.samples.size(), outcome_count * (cause_count + 1) * stage_count);
        for (const Sample& sample : family.samples)
            for (const auto& [key, value] : sample.labels) labels.insert(key);
    }
    EXPECT_EQ(labels,
              (std::set<std::string_view>{"cause", "result", "stage", "verdict", "version"}));
}

TEST(Metrics, TellOfTheProcess) {
    const std::string page = page_of(Metrics(), MetricsFormat::text, {3, 4});
    for (const char* name :
         {"process_start_time_seconds", "process_cpu_seconds_total", "process_open_fds",
          "process_virtual_memory_bytes", "process_resident_memory_bytes"})
        EXPECT_NE(page.find("\n" + std::string(name) + " "), std::string::npos) << name;
    EXPECT_TRUE(has_line(page, "relaypermit_store_queue_length 3"));
    EXPECT_TRUE(has_line(page, "relaypermit_store_dropped_total 4"));
}

}  // namespace
}  // namespace relaypermit

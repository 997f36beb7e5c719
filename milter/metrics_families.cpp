#include "milter/metrics_families.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "milter/process_figures.h"

namespace relaypermit {

namespace {

constexpr std::array<Stage, stage_count> stages = {Stage::mail, Stage::rcpt, Stage::headers};
constexpr std::array<Outcome, outcome_count> outcomes = {
    Outcome::accept, Outcome::reject, Outcome::tempfail, Outcome::monitor, Outcome::mta_reject};

// Whether it is told before it has happened: of a counter that appears with its first event, nobody
// sees that it has risen. What a policy's actions can make of a cause, where it is decided; of the
// mail server's own refusals, those to relay.
bool is_to_be_expected(Outcome outcome, std::optional<Cause> cause, Stage stage) {
    if (!cause) return outcome == Outcome::accept && stage == Stage::headers;
    switch (outcome) {
        case Outcome::accept:
            return false;
        case Outcome::reject:
        case Outcome::tempfail:
        case Outcome::monitor:
            return *cause == Cause::lookup_failed || stage == stage_of(*cause);
        case Outcome::mta_reject:
            return stage == Stage::rcpt && stage == stage_of(*cause);
    }
    return false;
}

Family decisions(const Metrics& metrics) {
    Family family{
        "relaypermit_decisions_total", "Decisions, as the log has them.", MetricType::counter, {}};
    const auto tell = [&](Outcome outcome, std::optional<Cause> cause, Stage stage) {
        const std::uint64_t number = metrics.decisions(outcome, cause, stage);
        if (number == 0 && !is_to_be_expected(outcome, cause, stage)) return;
        family.samples.push_back({{{"verdict", std::string(to_string(outcome))},
                                   {"cause", std::string(cause ? to_string(*cause) : "none")},
                                   {"stage", std::string(to_string(stage))}},
                                  number});
    };
    for (const Outcome outcome : outcomes)
        for (const Stage stage : stages) {
            tell(outcome, std::nullopt, stage);
            for (const Cause cause : all_causes) tell(outcome, cause, stage);
        }
    return family;
}

Family callbacks(const Metrics& metrics) {
    Family family{"relaypermit_callback_duration_seconds",
                  "How long the mail server waited for the milter's answer at MAIL, RCPT and the "
                  "end of a message.",
                  MetricType::histogram,
                  {}};
    for (const Stage stage : stages)
        family.samples.push_back(
            {{{"stage", std::string(to_string(stage))}}, metrics.callback(stage).read()});
    return family;
}

void add_lookups(const LookupMeters& tables, std::vector<Family>& families) {
    Family took{"relaypermit_lookup_duration_seconds",
                "How long sessions waited for an alias table; answers from the cache are none.",
                MetricType::histogram,
                {}};
    Family failed{"relaypermit_lookup_failures_total",
                  "Lookups in an alias table that failed or took too long.",
                  MetricType::counter,
                  {}};
    Family hits{"relaypermit_lookup_cache_hits_total",
                "Answers of an alias table that came from the cache.",
                MetricType::counter,
                {}};
    Family ignored{"relaypermit_lookup_ignored_values_total",
                   "Values of an alias table that are no pattern and were ignored.",
                   MetricType::counter,
                   {}};
    for (const auto& [id, meter] : tables) {
        took.samples.push_back({{{"table", id}}, meter->took.read()});
        failed.samples.push_back({{{"table", id}}, meter->failures.load()});
        hits.samples.push_back({{{"table", id}}, meter->hits.load()});
        ignored.samples.push_back({{{"table", id}}, meter->ignored.load()});
    }
    families.push_back(std::move(took));
    families.push_back(std::move(failed));
    families.push_back(std::move(hits));
    families.push_back(std::move(ignored));
}

Family one(std::string_view name, std::string_view help, MetricType type,
           decltype(Sample::value) value) {
    return {name, help, type, {{{}, value}}};
}

void add_process(const Metrics& metrics, std::vector<Family>& families) {
    const ProcessFigures figures = process_figures();
    const auto add = [&](std::string_view name, std::string_view help, std::optional<double> value,
                         MetricType type = MetricType::gauge) {
        if (value) families.push_back(one(name, help, type, *value));
    };
    add("process_start_time_seconds", "When the process that serves began, in seconds since 1970.",
        metrics.began_s());
    add("process_cpu_seconds_total", "Time of the processor that it has used.", figures.cpu_s,
        MetricType::counter);
    add("process_open_fds", "File descriptors that it has open.", figures.open_files);
    add("process_max_fds", "File descriptors that it may have open.", figures.most_files);
    add("process_virtual_memory_bytes", "Its address space.", figures.virtual_bytes);
    add("process_resident_memory_bytes", "Its memory.", figures.resident_bytes);
}

}  // namespace

std::vector<Family> metrics_families(const MetricsSources& sources) {
    constexpr auto counter = MetricType::counter;
    constexpr auto gauge = MetricType::gauge;
    const Metrics& metrics = sources.metrics;
    const SinkCounts sinks = sources.sinks();
    std::vector<Family> families;
    families.push_back(decisions(metrics));
    families.push_back(one("relaypermit_sessions", "Sessions of the milter that are open.", gauge,
                           sources.sessions()));
    families.push_back(callbacks(metrics));
    add_lookups(metrics.tables(), families);
    families.push_back(one("relaypermit_store_queue_length", "Decisions that wait to be stored.",
                           gauge, sinks.store_waiting));
    families.push_back(one("relaypermit_store_dropped_total", "Decisions that could not be stored.",
                           counter, sinks.store_dropped));
    families.push_back({"relaypermit_policy_reloads_total",
                        "Reloads of the policy; one with mistakes leaves the old one in force.",
                        counter,
                        {{{{"result", "success"}}, metrics.reloads(true)},
                         {{{"result", "failure"}}, metrics.reloads(false)}}});
    families.push_back(one("relaypermit_policy_last_reload_successful",
                           "Whether the policy of the files was in force after the last reload or "
                           "the start: 1 or 0.",
                           gauge, std::uint64_t{metrics.last_reload_successful() ? 1U : 0U}));
    const auto last = metrics.last_success();
    families.push_back(
        one("relaypermit_policy_last_reload_success_timestamp_seconds",
            "When the policy was last read without a mistake, in seconds since 1970; 0: never.",
            gauge, static_cast<double>(last ? last->time_since_epoch().count() : 0)));
    families.push_back({"relaypermit_build_info",
                        "The version that runs.",
                        gauge,
                        {{{{"version", sources.version}}, std::uint64_t{1}}}});
    add_process(metrics, families);
    return families;
}

}  // namespace relaypermit

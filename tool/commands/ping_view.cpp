#include "tool/commands/ping_view.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "record/json_writer.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 4> words = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

std::string number(double value, const char* format) {
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

double slowest(const PingFindings& findings) {
    double most = 0;
    for (const Probe& probe : findings.probes) most = std::max(most, probe.took.count());
    return most;
}

bool is_critical(ProbeEnd end) {
    return end == ProbeEnd::nobody || end == ProbeEnd::silent || end == ProbeEnd::another;
}

// The words behind the state. What is worst stands first: pagers cut.
std::vector<std::string> sentences_of(const PingFindings& findings) {
    std::vector<std::string> sentences;
    const auto say = [&](const Probe& probe) {
        sentences.push_back(std::string(info_of(probe.protocol).key) + " on " + probe.address +
                            ": " + probe.why);
    };
    for (const Probe& probe : findings.probes)
        if (is_critical(probe.end)) say(probe);
    for (const Probe& probe : findings.probes)
        if (probe.end != ProbeEnd::answered && !is_critical(probe.end)) say(probe);
    std::string answered;
    std::size_t count = 0;
    for (const Probe& probe : findings.probes)
        if (probe.end == ProbeEnd::answered)
            answered += (count++ == 0 ? "" : ", ") + std::string(info_of(probe.protocol).key);
    if (count > 0 && count == findings.probes.size()) {
        const double took = slowest(findings);
        sentences.push_back(
            answered + (count == 1 ? " answers in " : " answer in ") + number(took * 1000, "%.1f") +
            " ms" +
            (took > findings.critical_s || took > findings.warning_s
                 ? ", more than " +
                       number(took > findings.critical_s ? findings.critical_s : findings.warning_s,
                              "%g") +
                       " s"
                 : ""));
    }
    for (const auto* more : {&findings.troubles, &findings.remarks})
        sentences.insert(sentences.end(), more->begin(), more->end());
    if (sentences.empty()) sentences.emplace_back("[listen] names no socket of mail servers");
    return sentences;
}

// Behind a bar the rest of a line is figures.
std::string in_one_line(const std::string& text) {
    std::string shown = visible(text);
    std::replace(shown.begin(), shown.end(), '|', '/');
    return shown;
}

std::string in_a_row(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + in_one_line(part);
    return text;
}

}  // namespace

PingState state_of(const PingFindings& findings) {
    const auto any = [&](auto holds) {
        return std::any_of(findings.probes.begin(), findings.probes.end(), holds);
    };
    if (any([](const Probe& probe) { return is_critical(probe.end); }) ||
        slowest(findings) > findings.critical_s)
        return PingState::critical;
    if (findings.probes.empty() ||
        any([](const Probe& probe) { return probe.end != ProbeEnd::answered; }))
        return PingState::unknown;
    if (!findings.troubles.empty() || slowest(findings) > findings.warning_s)
        return PingState::warning;
    return PingState::ok;
}

std::string ping_line(const PingFindings& findings) {
    return "RELAYPERMIT " + std::string(words[static_cast<std::size_t>(state_of(findings))]) +
           " - " + in_a_row(sentences_of(findings)) +
           " | time=" + number(slowest(findings), "%.6f") + "s;" +
           number(findings.warning_s, "%g") + ";" + number(findings.critical_s, "%g") + ";0";
}

std::string ping_as_json(const PingFindings& findings) {
    const PingState state = state_of(findings);
    JsonWriter json;
    json.open_object().key("state").value(words[static_cast<std::size_t>(state)]);
    json.key("text").value(in_a_row(sentences_of(findings)));
    json.key("seconds").value(slowest(findings));
    json.key("sockets").open_array();
    for (const Probe& probe : findings.probes) {
        json.open_object().key("protocol").value(info_of(probe.protocol).key);
        json.key("address").value(probe.address);
        json.key("answered").value(probe.end == ProbeEnd::answered);
        json.key("seconds").value(probe.took.count()).key("why");
        probe.why.empty() ? json.null() : json.value(probe.why);
        json.close_object();
    }
    json.close_array().key("troubles").values(findings.troubles);
    json.key("remarks").values(findings.remarks).close_object();
    return json.take();
}

}  // namespace relaypermit

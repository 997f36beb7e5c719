#include "tool/wiring/wiring_view.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "config/counted.h"
#include "record/json_writer.h"
#include "tool/base/help.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

std::size_t number_of(const WiringFindings& findings, Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const WiringFinding& one) { return one.severity == severity; }));
}

std::string_view word_of(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

std::string in_text(const WiringFinding& finding, const Terminal& terminal) {
    constexpr std::size_t indent = 12;
    const bool is_error = finding.severity == Severity::error;
    std::string text = terminal.paint(Style::bold, visible(to_string(finding.place)) + ":") + " " +
                       terminal.paint(is_error ? Style::red : Style::yellow,
                                      std::string(word_of(finding.severity)) + ":") +
                       " " + visible(finding.what) + " " +
                       terminal.paint(Style::dim, "[" + std::string(finding.id) + "]") + "\n";
    const std::size_t width = reading_width(terminal);
    text += "   because: " + wrapped(visible(finding.because), width, indent) + "\n";
    // To be copied: never wrapped.
    text += "   write:   " + visible(finding.write) + "\n";
    return text;
}

// "probe: milter on unix:/... in 0.4 ms: 530 5.7.0 Not sent - ..."
std::string in_text(const Trial& trial) {
    std::array<char, 32> took{};
    (void)std::snprintf(took.data(), took.size(), " in %.1f ms: ", trial.took.count() * 1000);
    std::string said = "nothing against a stranger";
    if (!trial.fault.empty())
        said = "no verdict - " + trial.fault;
    else if (trial.refused)
        said = trial.said;
    return "probe: " + std::string(info_of(trial.protocol).key) + " on " + visible(trial.address) +
           took.data() + visible(said) + "\n";
}

}  // namespace

std::string examined_as_text(const Examined& examined, const Terminal& terminal) {
    std::string text;
    for (const WiringFinding& finding : examined.findings) text += in_text(finding, terminal);
    for (const std::string& remark : examined.remarks)
        text += terminal.paint(Style::dim, "not looked into: " + visible(remark)) + "\n";
    for (const Trial& trial : examined.trials) text += in_text(trial);
    const std::string name = visible(examined.server + " in " + examined.of);
    if (examined.findings.empty()) return text + name + ": wired as the policy needs it\n";
    const std::size_t errors = number_of(examined.findings, Severity::error);
    const std::size_t warnings = number_of(examined.findings, Severity::warning);
    text += name + ": ";
    if (errors > 0) text += counted(errors, "error");
    if (errors > 0 && warnings > 0) text += " and ";
    if (warnings > 0) text += counted(warnings, "warning");
    return text + "\n";
}

std::string examined_as_json(const Examined& examined) {
    JsonWriter json{2};
    json.open_object().key("server").value(examined.server).key("of").value(examined.of);
    json.key("findings").open_array();
    for (const WiringFinding& finding : examined.findings) {
        json.open_object().key("severity").value(word_of(finding.severity));
        json.key("id").value(finding.id).key("file").value(finding.place.file).key("line");
        finding.place.line == 0 ? json.null() : json.value(finding.place.line);
        json.key("what").value(finding.what).key("because").value(finding.because);
        json.key("write").value(finding.write).close_object();
    }
    json.close_array().key("remarks").values(examined.remarks);
    json.key("probes").open_array();
    for (const Trial& trial : examined.trials) {
        json.open_object().key("protocol").value(info_of(trial.protocol).key);
        json.key("address").value(trial.address).key("refused").value(trial.refused);
        json.key("said");
        trial.said.empty() ? json.null() : json.value(trial.said);
        json.key("fault");
        trial.fault.empty() ? json.null() : json.value(trial.fault);
        json.key("seconds").value(trial.took.count()).close_object();
    }
    json.close_array();
    return json.close_object().take();
}

}  // namespace relaypermit

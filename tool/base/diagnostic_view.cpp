#include "tool/base/diagnostic_view.h"

#include "tool/base/visible.h"

namespace relaypermit {

std::string painted(const Diagnostic& diagnostic, const Terminal& terminal) {
    const bool is_error = diagnostic.severity == Severity::error;
    std::string line = terminal.paint(Style::bold, visible(to_string(diagnostic.place)) + ":");
    line += " " +
            terminal.paint(is_error ? Style::red : Style::yellow, is_error ? "error:" : "warning:");
    line += " " + visible(diagnostic.text);
    if (!diagnostic.help.empty()) line += " (" + visible(diagnostic.help) + ")";
    return line;
}

}  // namespace relaypermit

#include "tool/wiring/wiring_finding.h"

#include <algorithm>
#include <tuple>

namespace relaypermit {

void sort_by_line(WiringFindings& findings) {
    std::stable_sort(findings.begin(), findings.end(),
                     [](const WiringFinding& a, const WiringFinding& b) {
                         return std::tie(a.place.file, a.place.line, a.severity) <
                                std::tie(b.place.file, b.place.line, b.severity);
                     });
}

}  // namespace relaypermit

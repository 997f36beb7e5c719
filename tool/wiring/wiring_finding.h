// What is wrong between a mail server and relaypermitd, one row for each line to change. Values;
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "tool/wiring/file_line.h"

namespace relaypermit {

struct WiringFinding {
    Severity severity{};
    std::string_view
        id{};  // "milter-missing": stands in JSON and in the manual; part of the interface
    FileLine place{};
    std::string what{};     // what is wrong there, a clause
    std::string because{};  // what comes of it, a clause
    std::string write{};    // the line to put there, or what else to do
};

using WiringFindings = std::vector<WiringFinding>;

// By file and line, errors first where they share one.
void sort_by_line(WiringFindings& findings);

}  // namespace relaypermit

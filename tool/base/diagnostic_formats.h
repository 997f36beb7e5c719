// Errors and warnings of a policy for editors and for services that run checks (CI). Each is a
// promise to whoever reads it by a program. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/source_text.h"

namespace relaypermit {

// `policy` names the file of what stands in none: a default that is doubtful.

// FILE:LINE:COLUMN: error: TEXT (HINT)
// as compilers say it, one a line, the place always there: 1:1 of what is about a file as a whole.
[[nodiscard]] std::string in_short(const Diagnostic& diagnostic, std::string_view policy);

// ::error file=FILE,line=LINE,col=COLUMN::TEXT (HINT)
// a workflow command, which GitHub shows beside the line; without line and col what is about a
// file. Escaped as its runner wants it: `%`, CR and LF, and in file `:` and `,` besides.
[[nodiscard]] std::string for_github(const Diagnostic& diagnostic, std::string_view policy);

// An array of {file, line, column, end_column, severity, message, hint}. Columns count characters
// from 1, end_column is behind the last; null what is not known, and the hint where there is none.
[[nodiscard]] std::string in_json(const std::vector<Diagnostic>& diagnostics,
                                  const std::vector<SourceText>& sources, std::string_view policy);

}  // namespace relaypermit

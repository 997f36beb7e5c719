// A report as a page: for a terminal or for a program. Everything that a client wrote
// is made harmless here. Pure but for TZ; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tool/base/terminal.h"
#include "tool/inspect/report.h"

namespace relaypermit {

// `server` stands in the title; empty: no name.
[[nodiscard]] std::string report_as_text(const Report& report, const Terminal& terminal,
                                         std::string_view server = {});
[[nodiscard]] std::string report_as_json(const Report& report, std::string_view server = {});

// "+35 %", "new", "-12 %", "as before": a count against the one before.
[[nodiscard]] std::string against_before(std::uint64_t count, std::optional<std::uint64_t> before);
// A login's row in words: the main cause with the senders it tried.
[[nodiscard]] std::string what_it_tried(const ReportRow& row);

// What a login should change (hint.h), unless it is suspected to be stolen.
[[nodiscard]] std::string_view remedy_of(const Report& report, const ReportRow& row);

inline constexpr std::size_t rows_on_a_page = 10;

}  // namespace relaypermit

// A report as a page for a browser. Everything that a client wrote is made harmless here. Pure but
// for TZ; any thread.
#pragma once

#include <string>
#include <string_view>

#include "tool/inspect/report.h"

namespace relaypermit {

// One HTML file that needs nothing else: its style and its pictures (SVG) are inside, no script,
// no address that a browser would fetch. `server` heads it.
[[nodiscard]] std::string report_as_html(const Report& report, std::string_view server);

// Text for an HTML element or a quoted attribute: visible() (text.h), and & < > " ' escaped.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace relaypermit

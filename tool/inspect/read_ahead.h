// Reads decisions in a thread of its own, ahead of the one that works on them: of a million rows
// each takes about half of the time.
#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "tool/inspect/decisions.h"

namespace relaypermit {

// As Decisions::each(), with `visit` called in the thread of the caller and `decisions` used in the
// other alone, until this returns. What is thrown in either is thrown here.
[[nodiscard]] tl::expected<ReadNotes, std::string> each_ahead(
    Decisions& decisions, const TimeSpan& span, bool refusals_only,
    const std::function<bool(Decision&&)>& visit);

}  // namespace relaypermit

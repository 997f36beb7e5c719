// When a rule counts, in words. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "policy/validity.h"

namespace relaypermit {

// "until 2027-01-31", "from 2026-12-01 until 2027-01-31", "from 2026-12-01 on"; empty of a rule
// that always counts. With `now`, when it has begun is of no interest any more.
[[nodiscard]] std::string time_words(const Validity& time, std::optional<TimePoint> now = {});

}  // namespace relaypermit

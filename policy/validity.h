// When a rule counts: [[alias]] and [[restrict]] have `since` and `until`. A value; any thread.
#pragma once

#include <optional>
#include <string>

#include "policy/facts.h"

namespace relaypermit {

struct Validity {
    std::optional<TimePoint> since{};  // the first second in which the rule counts
    std::optional<TimePoint> until{};  // and the first in which it no longer does
    std::string since_text{};          // as written, for people
    std::string until_text{};
};

[[nodiscard]] inline bool has_begun(const Validity& time, TimePoint now) {
    return !time.since || now >= *time.since;
}
[[nodiscard]] inline bool is_over(const Validity& time, TimePoint now) {
    return time.until && now >= *time.until;
}
[[nodiscard]] inline bool is_in_force(const Validity& time, TimePoint now) {
    return has_begun(time, now) && !is_over(time, now);
}

// Whether `outer` counts whenever `inner` does.
[[nodiscard]] inline bool contains(const Validity& outer, const Validity& inner) {
    return (!outer.since || (inner.since && *inner.since >= *outer.since)) &&
           (!outer.until || (inner.until && *inner.until <= *outer.until));
}
// Whether there is a time at which both count.
[[nodiscard]] inline bool overlap(const Validity& a, const Validity& b) {
    const auto ends_before = [](const Validity& one, const Validity& other) {
        return one.until && other.since && *one.until <= *other.since;
    };
    return !ends_before(a, b) && !ends_before(b, a);
}

}  // namespace relaypermit

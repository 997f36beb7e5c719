#include "tool/base/rule_time.h"

namespace relaypermit {

std::string time_words(const Validity& time, std::optional<TimePoint> now) {
    const bool begins = time.since && !(now && has_begun(time, *now));
    std::string words = begins ? "from " + time.since_text : std::string();
    if (time.until) return words + (begins ? " " : "") + "until " + time.until_text;
    return words + (begins ? " on" : "");
}

}  // namespace relaypermit

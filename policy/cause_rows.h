// What is said of one cause, in one row. Pure; any thread.
#pragma once

#include <string_view>

#include "policy/cause.h"

namespace relaypermit {

struct CauseRow {
    Cause cause{};
    std::string_view id{};
    Stage stage{};  // lookup_failed: any; here Stage::mail
    Action action{};
    std::string_view code{};
    std::string_view enhanced{};
    // For whoever is refused, with placeholders ({server}, {sender}, ...).
    std::string_view text{};
    // For the admin: the cause in a few words, as reports have it; what has to change so that the
    // refusal does not come again; what is open where the cause refuses nobody, empty where
    // nothing is. Parts of a sentence, lower case, no period.
    std::string_view in_words{};
    std::string_view what_to_change{};
    std::string_view what_opens{};
};

[[nodiscard]] const CauseRow& row_of(Cause cause);

}  // namespace relaypermit

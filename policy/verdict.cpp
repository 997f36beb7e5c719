// Names of the outcomes, as the record writes them. Pure; any thread.
#include "policy/verdict.h"

#include <array>

namespace relaypermit {

namespace {

constexpr std::array<std::string_view, 5> outcome_names = {"accept", "reject", "tempfail",
                                                           "monitor", "mta-reject"};

}  // namespace

std::string_view to_string(Outcome outcome) {
    return outcome_names[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> outcome_from(std::string_view text) {
    for (std::size_t i = 0; i < outcome_names.size(); ++i)
        if (outcome_names[i] == text) return static_cast<Outcome>(i);
    return std::nullopt;
}

}  // namespace relaypermit

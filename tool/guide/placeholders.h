// What the data of help pages may ask of a policy: its values, as {placeholders}, and whether it
// has them, as conditions. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// A condition holds, or does not, for one policy: `only_if = "webmail"`.
struct GuideCondition {
    std::string name{};
    bool negated{};  // `only_if = "!webmail"`

    friend bool operator==(const GuideCondition&, const GuideCondition&) = default;
};

struct GuidePlaceholder {
    std::string_view name{};
    std::string_view needs{};  // the condition without which it has no value; empty: it always has
};

[[nodiscard]] std::span<const GuidePlaceholder> guide_placeholders();
[[nodiscard]] const GuidePlaceholder* guide_placeholder(std::string_view name);
// By name alone.
[[nodiscard]] std::span<const std::string_view> guide_conditions();

// Whether `needed` holds wherever all of `given` do.
[[nodiscard]] bool grants_condition(std::span<const GuideCondition> given, std::string_view needed);

}  // namespace relaypermit

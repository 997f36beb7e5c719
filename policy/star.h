// A star at an end of a local part, as patterns have it. Pure; any thread.
#pragma once

#include <string_view>

namespace relaypermit {

struct Star {
    bool first{};
    bool last{};
    std::string_view rest{};
};

// With what is left of it; both ends may have one.
[[nodiscard]] inline Star cut_star(std::string_view local) {
    Star star;
    if (!local.empty() && local.front() == '*') {
        star.first = true;
        local.remove_prefix(1);
    }
    if (!local.empty() && local.back() == '*') {
        star.last = true;
        local.remove_suffix(1);
    }
    star.rest = local;
    return star;
}

// Whether a local part is `literal` but for what the star stands for.
[[nodiscard]] inline bool star_matches(const Star& star, std::string_view literal,
                                       std::string_view local) {
    if (star.first) return local.ends_with(literal);
    if (star.last) return local.starts_with(literal);
    return local == literal;
}

}  // namespace relaypermit

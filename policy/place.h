// Where something stands in a policy file. A value; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace relaypermit {

// Lines and columns count from 1; 0 means "no place" (a built-in default).
struct Place {
    std::string file{};
    std::uint32_t line{};
    std::uint32_t column{};

    // clang-tidy 14 takes the 0 that a rewritten comparison holds for a pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(const Place&, const Place&) = default;
    friend bool operator==(const Place&, const Place&) = default;
};

// "policy.toml:12:9", or "built in" for a default.
[[nodiscard]] std::string to_string(const Place& place);

}  // namespace relaypermit

// Where something stands in a policy file. A value; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "policy/shared_text.h"

namespace relaypermit {

// Lines and columns count from 1; 0 means "no place" (a built-in default). The name of the file is
// shared: a policy has many places in few files.
class Place {
  public:
    Place() = default;
    Place(SharedText file, std::uint32_t line_number, std::uint32_t column_number)
        : line(line_number), column(column_number), file_(std::move(file)) {}

    // Empty for a built-in default.
    [[nodiscard]] std::string_view file() const { return file_.view(); }

    std::uint32_t line{};
    std::uint32_t column{};

    friend std::strong_ordering operator<=>(const Place& a, const Place& b);
    friend bool operator==(const Place& a, const Place& b) { return std::is_eq(a <=> b); }

  private:
    SharedText file_{};
};

// "policy.toml:12:9", or "built in" for a default.
[[nodiscard]] std::string to_string(const Place& place);

}  // namespace relaypermit

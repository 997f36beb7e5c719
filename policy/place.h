// Where something stands in a policy file. A value; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace relaypermit {

// Lines and columns count from 1; 0 means "no place" (a built-in default). The name of the file is
// shared: a policy has many places in few files.
class Place {
  public:
    using FileName = std::shared_ptr<const std::string>;

    Place() = default;
    Place(FileName file, std::uint32_t line_number, std::uint32_t column_number)
        : line(line_number), column(column_number), file_(std::move(file)) {}
    Place(const std::string& file, std::uint32_t line_number, std::uint32_t column_number)
        : Place(std::make_shared<const std::string>(file), line_number, column_number) {}

    // Empty for a built-in default.
    [[nodiscard]] std::string_view file() const { return file_ ? *file_ : std::string_view(); }

    std::uint32_t line{};
    std::uint32_t column{};

    friend std::strong_ordering operator<=>(const Place& a, const Place& b);
    friend bool operator==(const Place& a, const Place& b) { return std::is_eq(a <=> b); }

  private:
    FileName file_{};
};

// "policy.toml:12:9", or "built in" for a default.
[[nodiscard]] std::string to_string(const Place& place);

}  // namespace relaypermit

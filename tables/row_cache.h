// Rows of an alias table as they were read, within a bound of bytes: the ones that nobody has asked
// for the longest go first. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/pattern.h"

namespace relaypermit {

// What a table says of one key.
struct TableRow {
    std::vector<Pattern> patterns{};
    bool has_values{};  // patterns or not
    std::size_t ignored{};
    std::string why{};
};

// How long rows are kept, in seconds; 0 is not at all.
struct RowTimes {
    std::uint32_t with_values{};
    std::uint32_t without{};
    std::uint32_t stale{};  // beyond either, for a table that does not answer
};

class RowCache {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    RowCache(std::size_t max_bytes, RowTimes times) : max_bytes_(max_bytes), times_(times) {}

    struct Found {
        std::shared_ptr<const TableRow> row{};  // null: none that may still be used
        std::chrono::seconds over{};  // for how long it has been stale, rounded up; 0: not
    };
    [[nodiscard]] Found find(std::string_view key, TimePoint now);
    void keep(const std::string& key, std::shared_ptr<const TableRow> row, TimePoint now);

    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    struct Kept {
        std::string key{};
        std::shared_ptr<const TableRow> row{};
        TimePoint until{};
        std::size_t bytes{};
    };
    using Rows = std::list<Kept>;
    void drop(Rows::iterator kept);

    const std::size_t max_bytes_;
    const RowTimes times_;
    Rows rows_{};  // the one asked for last at the front
    std::unordered_map<std::string_view, Rows::iterator> by_key_{};
    std::size_t bytes_{};
};

}  // namespace relaypermit

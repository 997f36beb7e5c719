// What alias tables were asked in an hour, for the log: how admins without metrics see that a table
// is slow, fails, or is never asked. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "milter/metrics.h"

namespace relaypermit {

class TablesReport {
  public:
    // "table staff in the last hour: 1,234 lookups, 2.1 ms on average, 3 failed;
    // 98,765 answers from the cache; 1 value ignored, as no pattern". A line for each table that
    // was asked since this was called last.
    [[nodiscard]] std::vector<std::string> since_last(const LookupMeters& tables);

  private:
    struct Counts {
        std::uint64_t lookups{};
        std::uint64_t failures{};
        std::uint64_t hits{};
        std::uint64_t ignored{};
        double sum_s{};
    };
    std::map<std::string, Counts, std::less<>> last_{};
};

}  // namespace relaypermit

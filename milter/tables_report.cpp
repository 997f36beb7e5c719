#include "milter/tables_report.h"

#include <array>
#include <cstdio>
#include <utility>

#include "config/counted.h"

namespace relaypermit {
namespace {

std::string milliseconds(double seconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1000);
    return text.data();
}

}  // namespace

std::vector<std::string> TablesReport::since_last(const LookupMeters& tables) {
    std::vector<std::string> lines;
    std::map<std::string, Counts, std::less<>> all;
    for (const auto& [id, meter] : tables) {
        const Histogram::Reading took = meter->took.read();
        const Counts now{took.count, meter->failures.load(), meter->hits.load(),
                         meter->ignored.load(), took.sum_s};
        all.emplace(id, now);
        const auto before = last_.find(id);
        // One that was away for a while counts from the beginning.
        const Counts from = before == last_.end() || before->second.lookups > now.lookups
                                ? Counts{}
                                : before->second;
        const std::uint64_t lookups = now.lookups - from.lookups;
        const std::uint64_t hits = now.hits - from.hits;
        if (lookups + hits == 0) continue;
        std::string line = "table " + id + " in the last hour: " + counted(lookups, "lookup");
        if (lookups > 0)
            line += ", " + milliseconds((now.sum_s - from.sum_s) / static_cast<double>(lookups)) +
                    " on average, " + with_commas(now.failures - from.failures) + " failed";
        line += "; " + counted(hits, "answer") + " from the cache";
        if (const std::uint64_t ignored = now.ignored - from.ignored; ignored > 0)
            line += "; " + counted(ignored, "value") + " ignored, as no pattern";
        lines.push_back(std::move(line));
    }
    last_ = std::move(all);
    return lines;
}

}  // namespace relaypermit

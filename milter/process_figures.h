// What the system says of this process. Any thread.
#pragma once

#include <optional>

namespace relaypermit {

// Seconds and bytes; what the system does not tell is nullopt.
struct ProcessFigures {
    std::optional<double> cpu_s{};
    std::optional<double> virtual_bytes{};
    std::optional<double> resident_bytes{};
    std::optional<double> open_files{};
    std::optional<double> most_files{};  // nullopt where there is no limit, too
};

[[nodiscard]] ProcessFigures process_figures();

}  // namespace relaypermit

#include "milter/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace relaypermit {

namespace {

// The fields of /proc/self/stat behind the program's name, which may hold anything: the first is
// field 3 of proc(5).
std::vector<std::string> stat_fields() {
    std::ifstream file("/proc/self/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t name_ends = text.rfind(')');
    if (name_ends == std::string::npos) return {};
    std::istringstream rest(text.substr(name_ends + 1));
    return {std::istream_iterator<std::string>(rest), {}};
}

}  // namespace

ProcessFigures process_figures() {
    ProcessFigures figures;
    const std::vector<std::string> fields = stat_fields();
    const auto ticks = static_cast<double>(std::max(::sysconf(_SC_CLK_TCK), 1L));
    const auto field = [&](std::size_t number) -> std::optional<double> {
        constexpr std::size_t first = 3;
        if (number - first >= fields.size()) return std::nullopt;
        try {
            return std::stod(fields[number - first]);
        } catch (const std::exception&) {
            return std::nullopt;
        }
    };
    if (const auto user = field(14), system = field(15); user && system)
        figures.cpu_s = (*user + *system) / ticks;
    figures.virtual_bytes = field(23);
    if (const auto pages = field(24))
        figures.resident_bytes = *pages * static_cast<double>(::sysconf(_SC_PAGESIZE));

    std::error_code fault;
    std::size_t files = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", fault), end; !fault && at != end;
         at.increment(fault))
        ++files;
    // One of them is that of the counting.
    if (!fault && files > 0) figures.open_files = static_cast<double>(files - 1);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        figures.most_files = static_cast<double>(limit.rlim_cur);
    return figures;
}

}  // namespace relaypermit

// table_memory TYPE FILE ROWS: opens a table of type file, cdb or lmdb and says as JSON how long
// that took, what of the process is resident for each row (of `user7@example.com`, counted from 0),
// and how many lookups a second it then answers. tests/bench/tables runs it.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

#include "policy/login.h"
#include "tables/open_table.h"

namespace {

using namespace relaypermit;

double seconds_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// In bytes: /proc/self/statm counts pages.
double resident() {
    std::ifstream in("/proc/self/statm");
    double pages = 0;
    in >> pages >> pages;
    return pages * 4096;
}

TableSettings settings_of(const std::string& type, const std::string& path) {
    TableSettings settings;
    if (type == "cdb")
        settings.of_kind = CdbSettings{path};
    else if (type == "lmdb")
        settings.of_kind = LmdbSettings{path};
    else
        settings.of_kind = FileSettings{path};
    return settings;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: table_memory TYPE FILE ROWS\n", stderr);
        return 64;
    }
    const int rows = std::stoi(argv[3]);
    const double before = resident();
    const auto began = std::chrono::steady_clock::now();
    const auto table = open_table(settings_of(argv[1], argv[2]));
    if (!table) {
        std::fprintf(stderr, "%s\n", table.error().c_str());
        return 1;
    }
    const auto found = [&](int n) {
        const TableResult result =
            (*table)->look_up(key_of({"user" + std::to_string(n), "example.com"}));
        return result.known && result.values.size() == 1;
    };
    bool all = found(rows - 1);
    const double open_s = seconds_since(began);
    const double open_cpu_s = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
    constexpr int lookups = 200'000;
    const auto asked = std::chrono::steady_clock::now();
    for (int n = 0; n < lookups; ++n) all = found(static_cast<int>(n * 7919LL % rows)) && all;
    const double ask_s = seconds_since(asked);
    std::printf(
        "{\"type\": \"%s\", \"rows\": %d, \"usable_s\": %.3f, \"usable_cpu_s\": %.3f, "
        "\"resident_bytes_a_row\": %.1f, "
        "\"lookups_per_s\": %.0f, \"all_found\": %s}\n",
        argv[1], rows, open_s, open_cpu_s, (resident() - before) / rows, lookups / ask_s,
        all ? "true" : "false");
    return all ? 0 : 1;
}

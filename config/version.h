// Which version of relaypermit a program is, and with which libraries it runs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// As CMakeLists.txt states it.
[[nodiscard]] std::string_view program_version();

// The first 12 digits of the commit that it was built from, with "-dirty" behind them where files
// differed from it; empty where the build could not know.
[[nodiscard]] std::string_view program_commit();

struct Library {
    std::string name{};
    std::string version{};
};
// Those that a program was linked with, in the version that it found when it was started, and those
// that became a part of it.
using Libraries = std::vector<Library>;

// What --version and -V print: a line each for the program, the commit and the libraries.
[[nodiscard]] std::string version_text(std::string_view program, const Libraries& libraries);

}  // namespace relaypermit

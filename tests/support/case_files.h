// The case files of tests/cases, for whoever plays them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/test_case.h"

namespace relaypermit {

// A case without `now` must hold at any time; this is the one that it is played at.
inline constexpr TimePoint case_present = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

struct CaseRun {
    std::string file{};  // without .toml
    std::shared_ptr<const Policy> policy{};
    TestCase test{};
};

// In order of name.
[[nodiscard]] std::vector<std::filesystem::path> case_files();
// Every [[test]] of every sound file, in order.
[[nodiscard]] std::vector<CaseRun> case_runs();
// A name that GoogleTest takes: "own_address_line_12".
[[nodiscard]] std::string case_name(const CaseRun& run);

}  // namespace relaypermit

// Where the tree that is being tested lies, for tests that read what it ships.
#pragma once

#include <filesystem>

namespace relaypermit::testing {

[[nodiscard]] std::filesystem::path source_directory();

}  // namespace relaypermit::testing

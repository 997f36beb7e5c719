// What stands in a file. Reads files; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace relaypermit {

// All bytes of the file; nullopt where they cannot be read.
[[nodiscard]] std::optional<std::string> file_text(const std::filesystem::path& file);

}  // namespace relaypermit

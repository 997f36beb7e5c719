// Files that are whole at any time. One thread a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace relaypermit {

// Writes a file beside its name, synchronizes it and moves it there in one step: with owner and
// permissions of `like`, or else for its owner alone, whatever was there before. The error says
// why, without the name of the file.
[[nodiscard]] tl::expected<void, std::string> replace_file(
    const std::filesystem::path& file, std::string_view text,
    const std::optional<std::filesystem::path>& like = std::nullopt);

// Into what is no file (a pipe, a terminal). The error as above.
[[nodiscard]] tl::expected<void, std::string> write_into(const std::filesystem::path& file,
                                                         std::string_view text);

}  // namespace relaypermit

// A folder that is swapped in whole. Writes files; one thread a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "tool/guide/site.h"

namespace relaypermit {

// Absolute, and without a slash at its end.
[[nodiscard]] std::filesystem::path folder_named(const std::filesystem::path& path);

enum class FolderOwner : std::uint8_t { nobody, empty, ours, another };
// Whose the folder is, by the marker of ours in it (guide_marker); nobody's where it is not there.
// The error says why it cannot be swapped: it is a file, a symbolic link, a mount point.
[[nodiscard]] tl::expected<FolderOwner, std::string> owner_of(const std::filesystem::path& folder);

// What stands in a folder of ours and is none of the files that guide.json lists: by name, sorted.
// The error says what could not be read.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> others_in(
    const std::filesystem::path& folder);

// What the guide in a folder of ours has of the setup files that `files` has not, by name, sorted:
// web servers may still include it.
[[nodiscard]] std::vector<std::string> setup_files_that_go(const std::filesystem::path& folder,
                                                           const SiteFiles& files);

// Writes a new folder beside it, with owner and mode of the one that is there, and swaps the two by
// name; whoever reads meanwhile finds the old one or the new one, and never none (where the file
// system cannot exchange names: for a moment none). What had stood there goes with all that is in
// it, so look at owner_of() and others_in() first, and so does what runs that were stopped have
// left beside it. The error says what failed; then the old folder stands as before. Answers what
// could not be removed, with the reasons.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> replace_folder(
    const std::filesystem::path& folder, const SiteFiles& files);

}  // namespace relaypermit

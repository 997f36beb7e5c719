// Files that are whole at any time. One thread a file.
#pragma once

#include <sys/types.h>

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

// Who may read a file: its owner alone where nothing else is said.
struct Readers {
    mode_t mode{0600};
    std::optional<gid_t> group{};
};
// The same with these readers from the beginning; an error where they cannot be had.
[[nodiscard]] tl::expected<void, std::string> replace_file(const std::filesystem::path& file,
                                                           std::string_view text,
                                                           const Readers& readers);

// All of the text, however many pieces the system takes it in; false, and errno, where it does not.
[[nodiscard]] bool write_all(int descriptor, std::string_view text);

// Into what is no file (a pipe, a terminal). The error as above.
[[nodiscard]] tl::expected<void, std::string> write_into(const std::filesystem::path& file,
                                                         std::string_view text);

}  // namespace relaypermit

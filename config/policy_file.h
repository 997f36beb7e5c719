// Bytes of a policy file, or why they cannot be had. Reads files; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>

namespace relaypermit {

// Everything in the file. The error is a clause in lower case: "no such file", "it is a directory",
// "it is larger than 64 MiB". Only regular files are read: a pipe could hold up the daemon.
[[nodiscard]] tl::expected<std::string, std::string> read_policy_file(
    const std::filesystem::path& path);

// SHA-256 of the same, without ever holding it: a large policy is looked at again while it serves.
[[nodiscard]] tl::expected<std::string, std::string> checksum_of_policy_file(
    const std::filesystem::path& path);
// The clause for an errno.
[[nodiscard]] std::string reason_of(int error);

}  // namespace relaypermit

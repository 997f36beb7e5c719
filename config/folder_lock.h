// Who uses a policy: each daemon holds a shared flock(2) on the folder of its policy for as long as
// it lives, so that the tool sees one, too, that it cannot talk to. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

// policy.d beside the file as it is named, links resolved.
[[nodiscard]] std::filesystem::path policy_folder_of(const std::filesystem::path& policy);

// The folders that are locked: that of the file, which is there whether or not policy.d is, and
// where policy.d is a link that of what it leads to.
[[nodiscard]] std::vector<std::filesystem::path> locked_folders(
    const std::filesystem::path& policy);

class FolderLock {
  public:
    FolderLock() = default;
    // Held until it goes, and by every process that is forked meanwhile. The error, a clause, says
    // which folder cannot be locked; the others then are not either.
    [[nodiscard]] static tl::expected<FolderLock, std::string> take(
        const std::filesystem::path& policy);
    FolderLock(FolderLock&& other) noexcept : descriptors_(std::move(other.descriptors_)) {
        other.descriptors_.clear();
    }
    FolderLock& operator=(FolderLock&& other) noexcept {
        descriptors_.swap(other.descriptors_);
        return *this;
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();

  private:
    std::vector<int> descriptors_{};
};

}  // namespace relaypermit

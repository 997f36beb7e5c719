// The right to change policy.d/00-suspended.toml, and that a daemon can read it. One thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <tl/expected.hpp>

namespace relaypermit {

// The right to change what is suspended, until it goes: one of several tools at a time. Makes
// policy.d where there is none. The error is a clause; where another has the right for longer than
// `wait`, it names that process.
class SuspensionLock {
  public:
    // `like`: the policy, whose owner and permissions policy.d gets.
    [[nodiscard]] static tl::expected<SuspensionLock, std::string> take(
        const std::filesystem::path& like,
        std::chrono::milliseconds wait = std::chrono::seconds{10});
    SuspensionLock(SuspensionLock&& other) noexcept : descriptor_(other.descriptor_) {
        other.descriptor_ = -1;
    }
    SuspensionLock& operator=(SuspensionLock&&) = delete;
    SuspensionLock(const SuspensionLock&) = delete;
    SuspensionLock& operator=(const SuspensionLock&) = delete;
    ~SuspensionLock();

  private:
    explicit SuspensionLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

// The command that lets whoever reads `like` read the folder and its file, too.
[[nodiscard]] std::string mend_folder(const std::filesystem::path& file,
                                      const std::filesystem::path& like);

// As one word of a command for a shell.
[[nodiscard]] std::string in_shell_words(const std::string& text);

}  // namespace relaypermit

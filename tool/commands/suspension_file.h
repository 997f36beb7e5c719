// What suspends one login in policy.d/00-suspended.toml (config/suspensions.h), or in a file of its
// own as earlier versions wrote it: written whole or not at all, and nothing else is touched. One
// thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/login.h"

namespace relaypermit {

// Of earlier versions: policy.d/suspended-LOGIN.toml beside the policy; bytes that do not belong
// into a name are %XX.
[[nodiscard]] std::filesystem::path own_suspension_file(const std::filesystem::path& policy,
                                                        const Login& login);
// "suspended:LOGIN", or with a hash where a login cannot be an id.
[[nodiscard]] std::string suspension_id(const Login& login);
// What goes into the file, named after the first of `forms`, which are all one account; the error
// where no pattern means one of them alone. `groups` are those of the policy, `until` a date as
// TOML has it, empty for none.
[[nodiscard]] tl::expected<std::string, std::string> suspension_text(
    const std::vector<Login>& forms, std::string_view note, std::string_view when,
    const std::vector<std::string>& groups, std::string_view until = {});

// Whether a text is what suspension_text() makes for this account, whatever its dates and note: the
// one file that may be removed without a loss.
[[nodiscard]] bool is_suspension_of(const Login& login, std::string_view text);

// The text of policy.d/00-suspended.toml without what suspension_text() made for this account;
// nullopt where there is no such thing in it. Everything else stays byte for byte.
[[nodiscard]] std::optional<std::string> without_suspension(std::string_view text,
                                                            const Login& login);
// Whether a rule with the account's id stands there, as suspension_text() made it or not.
[[nodiscard]] bool names_suspension(std::string_view text, const Login& login);

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

}  // namespace relaypermit

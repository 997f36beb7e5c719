// What suspends one login in policy.d/00-suspended.toml (config/suspensions.h), or in a file of its
// own as earlier versions wrote it, as text. Pure; any thread.
#pragma once

#include <cstddef>
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

// The [[restrict]] with the account's id in the text of policy.d/00-suspended.toml, in bytes of
// that: whole lines, with what `suspend` writes above it and without comments behind it.
struct SuspensionEntry {
    std::size_t begin{};
    std::size_t end{};
    bool as_written{};    // is_suspension_of() it
    std::string lines{};  // "line 3", "lines 3 to 7"
};
[[nodiscard]] std::optional<SuspensionEntry> suspension_entry(std::string_view text,
                                                              const Login& login);
// The text without it. Everything else stays byte for byte.
[[nodiscard]] std::string without(std::string_view text, const SuspensionEntry& entry);

}  // namespace relaypermit

// The file of policy.d that suspends one login: written whole or not at all, and nothing else of
// the policy is touched. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/login.h"

namespace relaypermit {

// policy.d/suspended-LOGIN.toml beside the policy; bytes that do not belong into a name are %XX.
[[nodiscard]] std::filesystem::path suspension_file(const std::filesystem::path& policy,
                                                    const Login& login);
// "suspended:LOGIN", or with a hash where a login cannot be an id.
[[nodiscard]] std::string suspension_id(const Login& login);
// The text of the file, named after the first of `forms`, which are all one account; the error
// where no pattern means one of them alone. `groups` are those of the policy.
[[nodiscard]] tl::expected<std::string, std::string> suspension_text(
    const std::vector<Login>& forms, std::string_view note, std::string_view when,
    const std::vector<std::string>& groups);

// Whether a text is what suspension_text() makes for this account, whatever its date and note: the
// one file that may be removed without a loss.
[[nodiscard]] bool is_suspension_of(const Login& login, std::string_view text);

// Writes a new file beside its name, synchronizes it and moves it there, with owner and permissions
// of `like`. policy.d is made where there is none. Whatever stands there already, a dangling link
// included, stays as it is. The error is a clause.
[[nodiscard]] tl::expected<void, std::string> write_new(const std::filesystem::path& file,
                                                        std::string_view text,
                                                        const std::filesystem::path& like);

}  // namespace relaypermit

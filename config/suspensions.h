// policy.d/00-suspended.toml: the suspensions of `relaypermit suspend`, all in one file that holds
// nothing else. So it can count even while the rest of the policy has mistakes. Reads the file; any
// thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "policy/policy.h"

namespace relaypermit {

// policy.d/00-suspended.toml beside the policy.
[[nodiscard]] std::filesystem::path suspensions_file(const std::filesystem::path& policy);

struct Suspensions {
    std::vector<Restriction> restrictions{};
    std::vector<Diagnostic> errors{};
    std::string checksum{};  // as in ReadFile; empty: there is no file
    std::string text{};      // of the file
};
// Reads the file by itself: [[restrict]] with `suspended = true`, without groups. Logins are read
// as in the policy in force, whose default realm and spellings these are; without one (null) as in
// a policy that has neither. No file is no suspensions; one that cannot be read is an error,
// because nobody may go free by that.
[[nodiscard]] Suspensions load_suspensions(const std::filesystem::path& policy,
                                           const PolicySource* in_force);
[[nodiscard]] Suspensions load_suspensions_text(std::string_view text, std::string_view name,
                                                const PolicySource* in_force);

// The policy with these in place of the restrictions that it has from `file`.
[[nodiscard]] std::shared_ptr<const Policy> with_suspensions(const Policy& policy,
                                                             const std::filesystem::path& file,
                                                             std::vector<Restriction> restrictions);

}  // namespace relaypermit

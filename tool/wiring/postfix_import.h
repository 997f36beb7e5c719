// The rules that a Postfix has today as a policy that decides the same. Reads its tables and asks
// postmap(1); one thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tool/wiring/import_text.h"
#include "tool/wiring/owner_rules.h"
#include "tool/wiring/postfix_settings.h"
#include "tool/wiring/sender_checks.h"

namespace relaypermit {

struct PostfixImport {
    ImportedPolicy policy{};
    OwnerTables tables{};  // which the grants were made of
    // As a comparison asks for them: see postfix_answers.h.
    std::string directory{};
    std::vector<std::string> map_names{};
    SenderCheck check{SenderCheck::none};
    std::optional<AccessTable> only{};  // the senders that are checked, where not all are
};

// `logins`: all that there are, where the admin has listed them; else empty.
[[nodiscard]] PostfixImport import_postfix(const PostfixSettings& settings,
                                           const std::set<std::string>& logins);

}  // namespace relaypermit

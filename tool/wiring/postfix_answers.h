// What a Postfix answers by its own tables, asked through postmap(1) in the order in which its
// smtpd asks: the other side of a comparison. Starts processes; one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

struct AskedTables {
    std::string directory{};           // of main.cf
    std::vector<std::string> names{};  // smtpd_sender_login_maps
    std::vector<std::string> local_domains{};
    std::string delimiters{};
};

// For each sender the logins as the table has them; nullopt: nobody owns it. The error is what
// postmap said.
[[nodiscard]] tl::expected<std::map<std::string, std::optional<std::string>>, std::string>
owners_by_postfix(const AskedTables& tables, const std::set<std::string>& senders);

}  // namespace relaypermit

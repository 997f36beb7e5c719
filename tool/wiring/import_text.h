// A policy made from somebody else's configuration, as text: grouped and commented as a person
// would write it, beside each entry where it came from, at its end what has no equal. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/owner_rules.h"

namespace relaypermit {

// One item of a list with the line that it came from.
struct ImportedItem {
    std::string text{};
    FileLine origin{};
};

struct ImportedCause {
    std::string id{};
    std::string action{};
    std::vector<std::string> except_clients{};
    std::string remark{};  // why, for the comment
};

struct ImportedPolicy {
    std::string source{};  // "the Postfix of /etc/postfix"
    std::string server_name{};
    FileLine server_name_origin{};
    std::string queue_directory{};  // of Postfix: where it looks for sockets
    std::string mail_owner{};       // as whom it asks
    std::vector<ImportedItem> hosted_domains{};
    std::vector<ImportedItem> relay_domains{};
    std::vector<ImportedTable> domain_tables{};
    std::vector<ImportedItem> trusted_networks{};
    std::vector<ImportedItem> ports{};
    std::vector<ImportedItem> daemon_names{};
    bool require_tls{true};
    std::string require_tls_remark{};
    std::string default_realm{};
    std::string default_realm_remark{};
    std::string delimiters{};  // recipient_delimiter
    FileLine delimiters_origin{};
    std::vector<ImportedCause> causes{};
    OwnerRules owners{};
    std::vector<NotImported> left_out{};
};

// All that stands at the end of the text.
[[nodiscard]] std::vector<NotImported> all_left_out(const ImportedPolicy& policy);

[[nodiscard]] std::string imported_policy_text(const ImportedPolicy& policy);

}  // namespace relaypermit

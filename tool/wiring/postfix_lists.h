// Lists in main.cf, of domains and of networks, as those of a policy: what stands in files and
// tables is read, what a policy cannot say is said. Reads files and asks postmap(1); one thread.
#pragma once

#include <vector>

#include "tool/wiring/import_text.h"
#include "tool/wiring/postfix_settings.h"

namespace relaypermit {

struct ImportedList {
    std::vector<ImportedItem> items{};
    std::vector<NotImported> left_out{};
};

// mydestination and its like. `below`: a domain stands for all below it too, as
// parent_domain_matches_subdomains has it.
[[nodiscard]] ImportedList import_domains(const PostfixSettings& settings,
                                          std::string_view parameter, bool below);
// mynetworks.
[[nodiscard]] ImportedList import_networks(const PostfixSettings& settings,
                                           std::string_view parameter);

}  // namespace relaypermit

// Lists in main.cf, of domains and of networks, as those of a policy: what stands in files and
// tables is read, what a policy cannot say is said. Reads files and asks postmap(1); one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tool/wiring/import_text.h"
#include "tool/wiring/postfix_settings.h"

namespace relaypermit {

struct ImportedList {
    std::vector<ImportedItem> items{};
    std::vector<ImportedTable> tables{};  // of domains, without id and role
    std::vector<NotImported> left_out{};
};

// How Postfix looks for a name in a list of domains (its match_ops.c, resolve.c).
enum class DomainMatch : std::uint8_t {
    whole,    // by the name alone: mydestination, virtual_mailbox_domains, virtual_alias_domains
    dotted,   // relay_domains: an item `.example.com` stands for all below it
    parents,  // likewise each item, where parent_domain_matches_subdomains names the list
};
// mydestination and its like.
[[nodiscard]] ImportedList import_domains(const PostfixSettings& settings,
                                          std::string_view parameter, DomainMatch match);
// mynetworks.
[[nodiscard]] ImportedList import_networks(const PostfixSettings& settings,
                                           std::string_view parameter);

}  // namespace relaypermit

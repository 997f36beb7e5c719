// From tables that answer "which logins own this sender?", the first answer hiding all others, to
// grants, which only ever add: the same pairs of login and sender, or fewer and that said. Pure;
// any thread.
//
// A key hides what Postfix would ask for behind it (owner_answers.h), which `except` says in a
// policy.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/owner_answers.h"

namespace relaypermit {

struct ImportedGrant {
    std::string id{};
    std::vector<std::string> logins{};
    std::vector<std::string> senders{};
    std::vector<std::string> except{};
    std::vector<FileLine> origins{};
    std::string remark{};
    bool envelope_only{};  // not for From and Sender, which Postfix does not look at
};

struct ImportedGroup {
    std::string name{};
    std::vector<std::string> members{};
    std::vector<FileLine> origins{};
    std::string remark{};
};

struct ImportedTable {
    std::string id{};
    QueriedTable table{};
    FileLine origin{};
    std::string role{};  // of a [[domain_table]]; empty: it is an [[alias_table]] by sender
};

struct OwnerRules {
    std::vector<ImportedGroup> groups{};
    std::vector<ImportedGrant> grants{};
    std::vector<ImportedTable> tables{};
    std::vector<NotImported> left_out{};
    // Who owns what a subaddress is part of: false where the grants say so themselves.
    bool subaddresses{};
    // Every login of this kind owns its own address, and all that the group of own addresses said.
    bool own_address_rule{};
    // Addresses that some key names exactly, with their logins: for a comparison.
    std::set<std::string> known_senders{};
    std::set<std::string> known_logins{};
};

// `logins`: all logins that there are, where the admin has listed them; else empty.
[[nodiscard]] OwnerRules owner_rules(const OwnerTables& tables,
                                     const std::set<std::string>& logins = {});

}  // namespace relaypermit

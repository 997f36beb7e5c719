// From tables that answer "which logins own this sender?", the first answer hiding all others, to
// grants, which only ever add: the same pairs of login and sender, or fewer and that said. Pure;
// any thread.
//
// Postfix 3.4 to 3.10 (smtpd_check.c, mail_addr_find.c, maps.c) asks, each time the tables in
// order: for the whole address; without its extension; where the domain is its own, for the local
// part with and without extension; for @domain. Tables of patterns are asked for the whole address
// alone. So a key hides what comes behind it, which `except` says in a policy.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/lookup_table.h"

namespace relaypermit {

struct OwnerTables {
    std::vector<LookupTable> tables{};       // in the order of smtpd_sender_login_maps
    std::vector<std::string> local_domains;  // mydestination and myorigin
    bool knows_local_domains{true};          // these are all that there are
    std::string delimiters{};                // recipient_delimiter
    std::string default_realm{};             // of a login without a realm; empty: there are none
    bool logins_have_realms{};               // a login without one is never the session's
    bool unowned_for_all{};                  // reject_known_sender_login_mismatch
};

struct ImportedGrant {
    std::string id{};
    std::vector<std::string> logins{};
    std::vector<std::string> senders{};
    std::vector<std::string> except{};
    std::vector<FileLine> origins{};
    std::string remark{};
};

struct ImportedGroup {
    std::string name{};
    std::vector<std::string> members{};
    std::vector<FileLine> origins{};
    std::string remark{};
};

struct OwnerRules {
    std::vector<ImportedGroup> groups{};
    std::vector<ImportedGrant> grants{};
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

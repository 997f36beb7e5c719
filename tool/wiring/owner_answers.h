// What tables that answer "which logins own this sender?" say, in the order in which Postfix asks.
// Pure; any thread.
//
// Postfix 3.4 to 3.10 (smtpd_check.c, mail_addr_find.c, maps.c) asks, each time the tables in
// order: for the whole address; without its extension; where the domain is its own, for the local
// part with and without extension; for @domain. Tables of patterns are asked for the whole address
// alone. So a key hides what comes behind it.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/lookup_table.h"

namespace re2 {
class RE2;
}

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

using OwnerLogins = std::set<std::string>;

// Where something stands in the order in which Postfix asks the tables for one key.
using Turn = std::size_t;
constexpr Turn never_asked = std::numeric_limits<Turn>::max();

struct OwnerKey {
    OwnerLogins logins{};
    Turn turn{};  // never_asked: a local part alone, which comes behind all whole addresses
    FileLine origin{};
};
using OwnerKeys = std::map<std::string, OwnerKey, std::less<>>;

struct OwnerPattern {
    PatternLine line{};
    bool every{};  // static: no pattern
    OwnerLogins logins{};
    bool templated{};  // the result has groups of the pattern
    Turn turn{};
    std::shared_ptr<const re2::RE2> reach{};  // all that it may answer for; null: not known
};

struct OwnerAnswers {
    OwnerKeys addresses{};                 // with those that a local part alone stands for
    OwnerKeys bare{};                      // local parts alone, as they are written
    OwnerKeys domains{};                   // without their @
    std::vector<OwnerPattern> patterns{};  // in turn
    Turn barrier{never_asked};             // from here on nobody knows what Postfix answers
    bool answers_all{};                    // a static table does
    // The one table that there is, where it asks a server: what that answers is not listed here.
    std::optional<LookupTable> queried{};
    std::set<std::string> known_logins{};
    std::vector<NotImported> left_out{};
};

[[nodiscard]] OwnerAnswers owner_answers(const OwnerTables& tables);

}  // namespace relaypermit

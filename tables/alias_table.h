// Grants that are kept elsewhere ([[alias_table]]): the one interface behind which Cyrus SASL,
// and whatever comes after it, answers as which senders a login may send.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/login.h"

namespace relaypermit {

// What a table says of one login.
struct TableResult {
    bool known{};                        // false: the lookup failed; `why` says how
    std::optional<bool> login_exists{};  // whether the table has the login; nullopt: cannot tell
    std::vector<std::string> senders{};  // sender patterns as they are kept, not yet parsed
    std::string why{};                   // for the trace and the log
};

class AliasTable {
  public:
    AliasTable() = default;
    AliasTable(const AliasTable&) = delete;
    AliasTable& operator=(const AliasTable&) = delete;
    virtual ~AliasTable() = default;

    // May block for as long as the source takes; TableLookups (table_lookups.h) bounds the wait.
    // Several threads call it at once.
    [[nodiscard]] virtual TableResult look_up(const Login& login) = 0;

    // What a restart would change, because what the table was opened with has been edited since
    // and cannot be read again; empty: nothing. Any thread.
    [[nodiscard]] virtual std::string outdated() const { return {}; }
};

}  // namespace relaypermit

// Grants that are kept elsewhere ([[alias_table]]): the one interface behind which Cyrus SASL, a
// file, a database or a directory answers as which senders a login may send, or which logins may
// send as a sender.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/login.h"

namespace relaypermit {

// What one row of a table is asked for: what the placeholders of its query stand for.
struct TableKey {
    Login login{};  // the session's; {login} is to_string() of it
    // By login: the address that the question is about, empty where the query has no {sender}. By
    // sender: the key that is tried now, as Postfix tries them: "bob+x@example.com",
    // "bob@example.com", "bob", "@example.com". Of a domain table the domain, as in `domain`.
    std::string sender{};
    // What is before the last @ of the login, or by sender of `sender`, and what is behind it.
    std::string user{};
    std::string domain{};
};

// By login.
[[nodiscard]] inline TableKey key_of(const Login& login) {
    return {login, {}, login.user, login.realm};
}

// What a table says of one key.
struct TableResult {
    bool known{};                        // false: the lookup failed; `why` says how
    std::optional<bool> login_exists{};  // whether the table has the login; nullopt: cannot tell
    // As they are kept, not yet parsed: sender patterns, or by sender login patterns.
    std::vector<std::string> values{};
    std::string why{};  // for the trace and the log
    // Not known of this key, and nothing is wrong with the table: it cannot be asked for it safely,
    // or has answered it with an error.
    bool of_key_alone{};
    // For the log, each once, of the table and not of this key: lines of a file that are ignored.
    std::vector<std::string> remarks{};
};

class AliasTable {
  public:
    AliasTable() = default;
    AliasTable(const AliasTable&) = delete;
    AliasTable& operator=(const AliasTable&) = delete;
    virtual ~AliasTable() = default;

    // May block for as long as the source takes; TableLookups (table_lookups.h) bounds the wait.
    // Several threads call it at once.
    [[nodiscard]] virtual TableResult look_up(const TableKey& key) = 0;

    // What of a key the answer depends on, beside what the table is asked by: the same of it, the
    // same answer.
    struct Uses {
        bool login{};
        bool sender{};
    };
    [[nodiscard]] virtual Uses uses() const { return {}; }

    // By sender, whether it is asked for the whole address alone, extension and all, as Postfix
    // asks its socketmap.
    [[nodiscard]] virtual bool is_for_whole_addresses() const { return false; }

    // What a restart would change, because what the table was opened with has been edited since
    // and cannot be read again; empty: nothing. Any thread.
    [[nodiscard]] virtual std::string outdated() const { return {}; }

    // What is wrong with it now, as the last lookup found it; empty: nothing, as far as is known.
    // Looks for nothing and waits for nobody. Any thread.
    [[nodiscard]] virtual std::string fault() const { return {}; }
};

}  // namespace relaypermit

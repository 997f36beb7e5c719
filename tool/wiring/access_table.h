// What check_sender_access answers for a sender, where its table is a list of keys: access(5).
// Pure; any thread.
//
// Postfix 3.4 to 3.10 (smtpd_check.c, mail_addr_find.c) asks for the address, for it without its
// extension, for the domain and those above it (or `.domain` for these, as
// parent_domain_matches_subdomains has smtpd_access_maps or not), for user+foo@ and for user@. The
// first answer counts, DUNNO too.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/lookup_table.h"
#include "tool/wiring/postfix_settings.h"
#include "tool/wiring/sender_check.h"

namespace relaypermit {

enum class AccessAnswer : std::uint8_t {
    nothing,  // DUNNO
    permits,  // OK, PERMIT, digits: nothing more is asked of this list
    refuses,  // REJECT, DEFER, 550 ...
    checks,   // reject_*_sender_login_mismatch, or a class of these alone
    other,    // what no policy says, whether it checks senders or not
};

struct AccessKey {
    std::string key{};
    AccessAnswer answer{};
    FileLine origin{};
    bool has_check{};  // of senders, alone or not

    friend bool operator==(const AccessKey&, const AccessKey&) = default;
};

struct AccessTable {
    std::string name{};
    FileLine origin{};
    bool parents{};                 // smtpd_access_maps in parent_domain_matches_subdomains
    std::string delimiters{};       // recipient_delimiter
    std::vector<AccessKey> keys{};  // sorted by the key
    // The strictest that any answer names; of the keys that check, the one of all of them.
    SenderCheck check{};
    bool without_login{};    // likewise: whoever has not logged in is checked too
    std::string unlisted{};  // why its keys are not known, a clause; empty: they are
    bool may_check{};        // nothing of it is known: it may check senders, and may not

    friend bool operator==(const AccessTable&, const AccessTable&) = default;
    [[nodiscard]] bool has(AccessAnswer answer) const;
    // Whether a policy can say whom it checks: DUNNO, OK and one check are all that it answers.
    [[nodiscard]] bool only_checks() const;
};

// By the name that a list of restrictions has for it.
using AccessSources = std::map<std::string, LookupTable, std::less<>>;

// Keys that Postfix never asks for are left out. What it asks two different checks for has `other`
// as answers.
[[nodiscard]] AccessTable access_table(const PostfixSettings& settings,
                                       const PostfixService& service, const std::string& name,
                                       const AccessSources& sources);

// The key that answers for an address in lower case; null: none.
[[nodiscard]] const AccessKey* answer_for(const AccessTable& table, const std::string& sender);

// The sender patterns of what a key is asked for. `extensions`: the policy knows of none itself.
[[nodiscard]] std::vector<std::string> senders_of(const AccessTable& table, const AccessKey& key,
                                                  bool extensions);

// What stands before a key that another answer hides part of: whether `other` is asked for first,
// of some sender that `key` would answer for.
[[nodiscard]] bool is_asked_before(const AccessTable& table, const AccessKey& other,
                                   const AccessKey& key);
// Whether `other` would answer for some sender if `key` did not.
[[nodiscard]] bool is_asked_behind(const AccessTable& table, const AccessKey& other,
                                   const AccessKey& key);

}  // namespace relaypermit

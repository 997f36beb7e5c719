// The keys by which an alias table by sender is asked about an address, as Postfix tries them for
// smtpd_sender_login_maps (its mail_addr_find.c: MA_FIND_FULL, MA_FIND_NOEXT,
// MA_FIND_LOCALPART_IF_LOCAL, MA_FIND_AT_DOMAIN, the external form first). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/address.h"
#include "tables/address_rules.h"

namespace relaypermit {

struct SenderKey {
    std::string text{};
    // What is before its last @, and behind it; without an @ all of it is `user`.
    std::string user{};
    std::string domain{};

    friend bool operator==(const SenderKey&, const SenderKey&) = default;
};

enum class KeysFor : std::uint8_t {
    rows,             // of a table that has an entry for each key
    whole_addresses,  // of one that matches them, and is asked for the address as it is alone
};

// In lower case, each once, in the order in which they are tried: the address, the same without
// its extension, the local part with and without it where the domain is_local(), and `@domain`. A
// local part that needs quotes is tried with them and then without. The first key with an answer is
// the answer: nothing is merged, so that an entry for the address hides that for its domain.
[[nodiscard]] std::vector<SenderKey> sender_keys(const Address& address, const AddressRules& rules,
                                                 KeysFor what);

}  // namespace relaypermit

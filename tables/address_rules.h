// What of a policy the keys and values of an alias table depend on. A value; any thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy_source.h"

namespace relaypermit {

// How a policy reads logins, and where a subaddress begins.
struct AddressRules {
    std::string default_realm{};
    std::vector<LoginForm> login_forms{};
    std::string server_name{};
    std::string subaddress_delimiter{};
    std::optional<std::vector<std::string>> local_domains{};  // of the table, where it has them

    // Whether a name without a domain is somebody there: in the default realm, or at this server.
    // Postfix looks up a bare name for the domains that it delivers to its own system users; that a
    // domain is hosted does not make it one of these.
    [[nodiscard]] bool is_local(std::string_view domain) const {
        if (local_domains)
            return std::find(local_domains->begin(), local_domains->end(), domain) !=
                   local_domains->end();
        return !domain.empty() && (domain == default_realm || domain == server_name);
    }

    friend bool operator==(const AddressRules& a, const AddressRules& b);
};

[[nodiscard]] AddressRules address_rules_of(const PolicySource& source);

}  // namespace relaypermit

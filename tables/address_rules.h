// What of a policy the keys and values of an alias table depend on. A value; any thread.
#pragma once

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

    // Whether a name without a domain is somebody there: in the default realm, or at this server.
    // Postfix looks up a bare name for the domains that it delivers to its own system users; that a
    // domain is hosted does not make it one of these.
    [[nodiscard]] bool is_local(std::string_view domain) const {
        return !domain.empty() && (domain == default_realm || domain == server_name);
    }

    friend bool operator==(const AddressRules& a, const AddressRules& b);
};

[[nodiscard]] AddressRules address_rules_of(const PolicySource& source);

}  // namespace relaypermit

// A whole domain that a policy forgot: what one of its logins is refused all of them are, and one
// line mends it for all. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/conditions.h"
#include "policy/policy.h"

namespace relaypermit {

struct ForgottenDomain {
    std::string domain{};
    bool hosted{};  // `hosted_domains` lacks it
    bool realm{};   // `realms`, which the policy sets, lacks it
    // The domain tables that could have it instead of `hosted_domains`, and do not.
    std::vector<std::string> tables{};
};

// Of a login that sends as itself, which would be its own address were its realm in the policy.
// nullopt for any other address, and for the domains of big mail providers. `hosted`: whether that
// realm is hosted here; what a table may have is not forgotten.
[[nodiscard]] std::optional<ForgottenDomain> forgotten_domain(const Policy& policy,
                                                              const Login& login,
                                                              const Address& address, Match hosted);

[[nodiscard]] PolicySource with_domain(PolicySource source, const ForgottenDomain& forgotten);

// What to write, a sentence part each: "add "new.example" to `hosted_domains` in [relay]", "or to
// the domain table customers".
[[nodiscard]] std::vector<std::string> lines_to_add(const ForgottenDomain& forgotten);

// A grant to every login of the login's realm to send under its name in the domain of `address`:
// where a realm is not a domain of the policy (a host name), or one domain is another name of the
// other. nullopt where the names differ or the domain is a big mail provider's. Without an id.
[[nodiscard]] std::optional<Grant> grant_to_the_realm(const Policy& policy, const Login& login,
                                                      const Address& address);

// Whether a login of the realm owns its own address, or may: `hosted` as above.
[[nodiscard]] bool is_realm(const Policy& policy, const std::string& realm, Match hosted);

// Big mail providers, at which anybody has an account: never a domain that this server forgot, and
// a user's name there says nothing of the same one here.
[[nodiscard]] bool is_mail_provider(std::string_view domain);

}  // namespace relaypermit

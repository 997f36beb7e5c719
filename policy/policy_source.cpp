// The defaults of a policy, and its logins. Pure; any thread.
#include "policy/policy_source.h"

#include <algorithm>

#include <string>

#include "policy/restricted_login.h"

namespace relaypermit {

std::array<CausePolicy, cause_count> default_causes() {
    std::array<CausePolicy, cause_count> causes{};
    for (const auto cause : all_causes) {
        causes[static_cast<std::size_t>(cause)] = {default_action(cause), default_reply(cause),
                                                   std::string(default_text(cause)), true};
    }
    return causes;
}

tl::expected<Login, LoginFault> read_login(const PolicySource& source, std::string_view raw,
                                           Mta mta) {
    auto login =
        canonical_login(raw, mta, source.default_realm, source.login_forms, source.server_name);
    if (login && has_too_many_delimiters(source, *login))
        return tl::unexpected(LoginFault{"the login holds more than " +
                                             std::to_string(most_delimiters) +
                                             " delimiters of subaddresses",
                                         false, to_string(*login)});
    return login;
}

bool has_own_realm(const PolicySource& source, const Login& login) {
    if (login.realm.empty()) return false;
    if (source.realms) return source.realms->contains(login.realm);
    return login.in_hosted_table || source.hosted_domains.contains(login.realm);
}

bool has_domain_table(const PolicySource& source, DomainRole role) {
    return std::any_of(source.domain_tables.begin(), source.domain_tables.end(),
                       [&](const DomainTableSource& table) { return table.role == role; });
}

}  // namespace relaypermit

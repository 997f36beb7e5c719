#include "tables/address_rules.h"

#include <algorithm>

namespace relaypermit {

bool operator==(const AddressRules& a, const AddressRules& b) {
    return a.default_realm == b.default_realm && a.server_name == b.server_name &&
           a.subaddress_delimiter == b.subaddress_delimiter &&
           std::equal(a.login_forms.begin(), a.login_forms.end(), b.login_forms.begin(),
                      b.login_forms.end(), [](const LoginForm& one, const LoginForm& other) {
                          return one.text() == other.text();
                      });
}

AddressRules address_rules_of(const PolicySource& source) {
    return {source.default_realm, source.login_forms,
            normalize_domain(source.server_name).value_or(source.server_name),
            source.subaddress_delimiter, std::nullopt};
}

}  // namespace relaypermit

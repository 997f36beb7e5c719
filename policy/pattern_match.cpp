// What a pattern without placeholders matches. Pure; any thread.
#include <re2/re2.h>

#include <algorithm>

#include "policy/domain.h"
#include "policy/domain_relations.h"
#include "policy/pattern.h"

namespace relaypermit {

bool Pattern::LocalPart::matches(std::string_view lower_case_local) const {
    if (star_first) return lower_case_local.ends_with(literal);
    if (star_last) return lower_case_local.starts_with(literal);
    return lower_case_local == literal;
}

bool Pattern::is_in_domains(std::string_view domain) const {
    return special().hosted ? special().hosted->contains(domain)
                            : is_below(domain, special().domain);
}

bool Pattern::matches(const Address& address) const {
    const auto local = [&] { return ascii_lower(address.local); };
    switch (kind_) {
        case Kind::exact:
            return affix() == address_key(address);
        case Kind::domain:
            return address.domain == domain();
        case Kind::subdomain:
            return is_below(address.domain, domain());
        case Kind::prefix:
            return address.domain == domain() && local().starts_with(affix());
        case Kind::suffix:
            return address.domain == domain() && local().ends_with(affix());
        case Kind::across:
            return is_in_domains(address.domain) && special().local.matches(local());
        case Kind::any:
            return true;
        case Kind::regex: {
            const std::string key = address_key(address);
            return regex_may_claim(key) && RE2::FullMatch(key, *special().regex);
        }
        case Kind::null:
        case Kind::templated:
            return false;
    }
    return false;
}

bool Pattern::matches(const Login& login) const {
    switch (kind_) {
        case Kind::exact:
            return affix() == login_key(login);
        case Kind::domain:
            return login.realm == domain();
        case Kind::subdomain:
            return is_below(login.realm, domain());
        case Kind::prefix:
            return login.realm == domain() && ascii_lower(login.user).starts_with(affix());
        case Kind::suffix:
            return login.realm == domain() && ascii_lower(login.user).ends_with(affix());
        case Kind::across:
            return is_in_domains(login.realm) && special().local.matches(ascii_lower(login.user));
        case Kind::any:
            return true;
        case Kind::regex: {
            const std::string key = login_key(login);
            return regex_may_claim(key) && RE2::FullMatch(key, *special().regex);
        }
        case Kind::null:
        case Kind::templated:
            return false;
    }
    return false;
}

std::optional<Captures> Pattern::capture(const Login& login) const {
    if (!matches(login)) return std::nullopt;
    Captures captures = login_captures(login);
    if (kind_ != Kind::regex) return captures;
    const std::string key = login_key(login);
    const auto groups = static_cast<std::size_t>(special().regex->NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> values(groups);
    if (!special().regex->Match(key, 0, key.size(), RE2::ANCHOR_BOTH, values.data(),
                                static_cast<int>(groups)))
        return std::nullopt;
    for (const auto& [number, name] : special().regex->CapturingGroupNames())
        captures[name] = std::string(values[static_cast<std::size_t>(number)]);
    return captures;
}

}  // namespace relaypermit

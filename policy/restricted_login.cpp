#include "policy/restricted_login.h"

#include <algorithm>
#include <utility>

#include "policy/domain.h"
#include "policy/folding.h"
#include "policy/policy_source.h"

namespace relaypermit {
namespace {

// Whether folding could change it at all.
bool is_foldable(std::string_view text) {
    return text.find("  ") != std::string_view::npos || text.starts_with(' ') ||
           text.ends_with(' ') || text.find(" @") != std::string_view::npos ||
           std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool is_of_own_realm(const PolicySource& source, const Login& login) {
    return (source.realms ? *source.realms : source.hosted_domains).contains(login.realm);
}

// `example.com` of `éxample.com`.
std::string folded_realm(const std::string& realm) {
    const std::string text = folded(domain_in_unicode(realm));
    return normalize_domain(text).value_or(text);
}

}  // namespace

Login folded_login(const Login& login) {
    Login out{folded(login.user), login.realm};
    const std::size_t at = out.user.rfind('@');
    if (at == std::string::npos || login.user.find('@') != std::string::npos) return out;
    out.realm = out.user.substr(at + 1);
    out.realm = normalize_domain(out.realm).value_or(out.realm);
    out.user.resize(at);
    return out;
}

std::optional<std::string> folded_key(const Pattern& pattern) {
    if (pattern.kind() != Pattern::Kind::exact || !is_foldable(pattern.affix()))
        return std::nullopt;
    const std::string key(pattern.affix());
    const std::size_t at = key.rfind('@');
    const bool has_realm = at != std::string::npos;
    std::string folded = login_key(
        folded_login({key.substr(0, at), has_realm ? key.substr(at + 1) : std::string()}));
    return folded == key ? std::nullopt : std::optional(std::move(folded));
}

RestrictedLogin::RestrictedLogin(const PolicySource& source, const Login& login) {
    const auto add_both = [&](const Login& one) {
        add(one);
        add(without_subaddress(one, source.subaddress_delimiter));
    };
    add_both(login);
    // One that a subaddress left with a blank at its end is folded too.
    const std::vector<Login> typed = names_;
    for (const Login& one : typed) {
        const bool own_realm = is_of_own_realm(source, one);
        if (!is_foldable(one.user) &&
            (own_realm || (one.realm.find("xn--") == std::string::npos && !is_foldable(one.realm))))
            continue;
        Login twin = folded_login(one);
        if (twin.realm == one.realm && !own_realm) twin.realm = folded_realm(one.realm);
        if (twin.user.empty()) continue;
        add_both(twin);
        // A form may have been hidden in full width: `EXAMPLE＼mallory`.
        if (source.login_forms.empty()) continue;
        if (const auto formed = read_login(source, to_string(twin), Mta::postfix))
            add_both(*formed);
    }
}

void RestrictedLogin::add(Login login) {
    const std::string key = login_key(login);
    const bool known = std::any_of(names_.begin(), names_.end(),
                                   [&](const Login& one) { return login_key(one) == key; });
    if (!known) names_.push_back(std::move(login));
}

const Login* RestrictedLogin::reached_by(const Pattern& pattern) const {
    for (const Login& name : names_)
        if (pattern.matches(name)) return &name;
    if (const auto key = folded_key(pattern))
        for (const Login& name : names_)
            if (login_key(name) == *key) return &name;
    return nullptr;
}

}  // namespace relaypermit

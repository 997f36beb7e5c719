#include "policy/restricted_login.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/ascii.h"
#include "policy/domain.h"
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

// `example.com` of `éxample.com`.
std::string folded_realm(const std::string& realm, Folding folding) {
    const std::string text = folded(domain_in_unicode(realm), folding);
    return normalize_domain(text).value_or(text);
}

// The accounts whose subaddress it may be: cut at the first delimiter, as Postfix does it, or at
// whichever later one. A delimiter at the start begins a name, and cuts none.
std::vector<Login> bases_of(const Login& login, std::string_view delimiters) {
    std::vector<Login> bases;
    std::size_t start = login.user.find_first_not_of(delimiters);
    if (start == std::string::npos) return bases;
    if (start == 0 && without_subaddress(login, delimiters) == login) {
        // Postfix never splits such a name (split_addr(3)); behind `owner-` others may.
        constexpr std::string_view owner = "owner-";
        if (ascii_lower(login.user.substr(0, owner.size())) != owner) return bases;
        start = owner.size();
    }
    for (std::size_t cut = login.user.find_first_of(delimiters, start); cut != std::string::npos;
         cut = login.user.find_first_of(delimiters, cut + 1))
        bases.push_back({login.user.substr(0, cut), login.realm, login.in_hosted_table});
    return bases;
}

constexpr std::array both_foldings = {Folding::by_marks, Folding::by_letters};

}  // namespace

bool has_too_many_delimiters(const PolicySource& source, const Login& login) {
    const auto too_many = [&](std::string_view user) {
        const auto is_one = [&](char c) {
            return source.subaddress_delimiter.find(c) != std::string::npos;
        };
        return static_cast<std::size_t>(std::count_if(user.begin(), user.end(), is_one)) >
               most_delimiters;
    };
    return too_many(login.user) ||
           (is_foldable(login.user) &&
            std::any_of(both_foldings.begin(), both_foldings.end(),
                        [&](Folding folding) { return too_many(folded(login.user, folding)); }));
}

Login folded_login(const Login& login, Folding folding) {
    Login out{folded(login.user, folding), login.realm, login.in_hosted_table};
    const std::size_t at = out.user.rfind('@');
    if (at == std::string::npos || login.user.find('@') != std::string::npos) return out;
    out.realm = out.user.substr(at + 1);
    out.realm = normalize_domain(out.realm).value_or(out.realm);
    out.in_hosted_table = false;
    out.user.resize(at);
    return out;
}

std::vector<Login> folded_logins(const Login& login) {
    std::vector<Login> all;
    for (const Folding folding : both_foldings) {
        Login twin = folded_login(login, folding);
        const std::string key = login_key(twin);
        if (twin.user.empty() || key == login_key(login)) continue;
        if (all.empty() || login_key(all.front()) != key) all.push_back(std::move(twin));
    }
    return all;
}

std::vector<std::string> folded_keys(const Pattern& pattern) {
    std::vector<std::string> keys;
    if (pattern.kind() != Pattern::Kind::exact || !is_foldable(pattern.affix())) return keys;
    const std::string key(pattern.affix());
    const std::size_t at = key.rfind('@');
    const bool has_realm = at != std::string::npos;
    const Login written{key.substr(0, at), has_realm ? key.substr(at + 1) : std::string()};
    for (const Login& twin : folded_logins(written)) keys.push_back(login_key(twin));
    return keys;
}

RestrictedLogin::RestrictedLogin(const PolicySource& source, const Login& login) {
    const auto add_both = [&](const Login& one) {
        add(one);
        for (Login& base : bases_of(one, source.subaddress_delimiter)) add(std::move(base));
    };
    add_both(login);
    // One that a subaddress left with a blank at its end is folded too.
    const std::vector<Login> typed = names_;
    for (const Login& one : typed) {
        const bool own_realm = has_own_realm(source, one);
        if (!is_foldable(one.user) &&
            (own_realm || (one.realm.find("xn--") == std::string::npos && !is_foldable(one.realm))))
            continue;
        for (const Folding folding : both_foldings) {
            Login twin = folded_login(one, folding);
            if (twin.realm == one.realm && !own_realm) {
                twin.realm = folded_realm(one.realm, folding);
                twin.in_hosted_table = false;
            }
            if (twin.user.empty()) continue;
            add_both(twin);
            // A form may have been hidden in full width: `EXAMPLE＼mallory`.
            if (source.login_forms.empty()) continue;
            if (const auto formed = read_login(source, to_string(twin), Mta::postfix))
                add_both(*formed);
        }
    }
}

void RestrictedLogin::add(Login login) {
    std::string key = login_key(login);
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return;
    keys_.push_back(std::move(key));
    names_.push_back(std::move(login));
}

const Login* RestrictedLogin::reached_by(const Pattern& pattern) const {
    for (const Login& name : names_)
        if (pattern.matches(name)) return &name;
    for (const std::string& key : folded_keys(pattern))
        for (std::size_t n = 0; n < names_.size(); ++n)
            if (keys_[n] == key) return &names_[n];
    return nullptr;
}

}  // namespace relaypermit

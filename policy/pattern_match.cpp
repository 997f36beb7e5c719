// What a pattern matches, with its placeholders filled in where it has some. Pure; any thread.
#include <re2/re2.h>

#include <algorithm>

#include "policy/domain.h"
#include "policy/domain_relations.h"
#include "policy/pattern.h"
#include "policy/star.h"

namespace relaypermit {
namespace {

// Replaces each placeholder by its value. nullopt where a value is missing, empty, or holds an @:
// a value stays within its own local part or domain.
std::optional<std::string> filled(std::string_view text, const Captures& captures) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '{') {
            out += text[at];
            continue;
        }
        const std::size_t end = text.find('}', at);
        const auto value = captures.find(text.substr(at + 1, end - at - 1));
        if (value == captures.end() || value->second.empty() ||
            value->second.find('@') != std::string::npos)
            return std::nullopt;
        out += value->second;
        at = end;
    }
    return out;
}

}  // namespace

// RE2 folds case over all of Unicode; comparison here ignores case in ASCII only.
bool regex_may_claim(std::string_view key) {
    return key.find("\xC5\xBF") == std::string_view::npos &&
           key.find("\xE2\x84\xAA") == std::string_view::npos;
}

Captures login_captures(const Login& login) {
    return {{"user", login.user}, {"domain", login.realm}, {"login", to_string(login)}};
}

bool Pattern::LocalPart::matches(std::string_view lower_case_local) const {
    if (star_first) return lower_case_local.ends_with(literal);
    if (star_last) return lower_case_local.starts_with(literal);
    return lower_case_local == literal;
}

bool Pattern::is_in_domains(std::string_view domain, bool in_hosted_table) const {
    return special().hosted ? in_hosted_table || special().hosted->contains(domain)
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
            return is_in_domains(address.domain, address.in_hosted_table) &&
                   special().local.matches(local());
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
            return is_in_domains(login.realm, login.in_hosted_table) &&
                   special().local.matches(ascii_lower(login.user));
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

bool Pattern::matches_filled(const Address& address, const Captures& captures) const {
    if (kind_ != Kind::templated) return matches(address);
    const Star star = cut_star(special().template_local);
    const auto literal = filled(star.rest, captures);
    if (!literal || !star_matches(star, ascii_lower(*literal), ascii_lower(address.local)))
        return false;
    const bool below = special().template_domain.starts_with("*.");
    const auto text =
        filled(std::string_view(special().template_domain).substr(below ? 2 : 0), captures);
    if (!text) return false;
    if (special().hosted)
        return address.in_hosted_table || special().hosted->contains(address.domain);
    const auto domain = normalize_domain(*text);
    if (!domain) return false;
    return below ? is_below(address.domain, *domain) : address.domain == *domain;
}

std::optional<std::string> Pattern::fill(const Captures& captures) const {
    if (kind_ != Kind::templated) return text();
    const Star star = cut_star(special().template_local);
    const bool below = special().template_domain.starts_with("*.");
    const auto local = filled(star.rest, captures);
    const auto text =
        filled(std::string_view(special().template_domain).substr(below ? 2 : 0), captures);
    if (!local || !text) return std::nullopt;
    const auto domain = normalize_domain(*text);
    if (!domain) return std::nullopt;
    // A value that would need quoting is quoted, so that it cannot be read as a star or an @.
    std::string shown = local->empty() ? "" : to_string(Address{*local, ""});
    return (star.first ? "*" : "") + shown + (star.last ? "*" : "") + "@" + (below ? "*." : "") +
           *domain;
}

}  // namespace relaypermit

#include "policy/pattern.h"

#include <re2/re2.h>

#include <algorithm>

#include "policy/domain.h"
#include "policy/domain_relations.h"

namespace relaypermit {

namespace {

using Fault = tl::unexpected<PatternFault>;

Fault fault(std::size_t offset, std::string why, std::string help = {}) {
    return tl::make_unexpected(PatternFault{offset, std::move(why), std::move(help)});
}

RE2::Options regex_options() {
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    return options;
}

// RE2 reports the offending part of the expression, not its offset.
std::size_t offset_of_error(const RE2& regex, std::string_view expression) {
    const std::size_t at = expression.find(regex.error_arg());
    return at == std::string_view::npos || regex.error_arg().empty() ? 0 : at;
}

// The names between braces of a template, in order of appearance; a fault for a brace that is
// never closed or a name that cannot be one.
tl::expected<std::vector<std::string>, PatternFault> template_names(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '}') return fault(at, "`}` without a `{` before it");
        if (text[at] != '{') continue;
        const std::size_t end = text.find_first_of("{}", at + 1);
        if (end == std::string_view::npos || text[end] == '{')
            return fault(at, "`{` without a `}` after it");
        const std::string_view name = text.substr(at + 1, end - at - 1);
        const bool word = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_';
        });
        if (!word) return fault(at, "`{" + std::string(name) + "}` is not a placeholder");
        names.emplace_back(name);
        at = end;
    }
    return names;
}

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

struct Star {
    bool first{};
    bool last{};
    std::string_view rest{};
};

Star cut_star(std::string_view local) {
    Star star;
    if (!local.empty() && local.front() == '*') {
        star.first = true;
        local.remove_prefix(1);
    }
    if (!local.empty() && local.back() == '*') {
        star.last = true;
        local.remove_suffix(1);
    }
    star.rest = local;
    return star;
}

bool star_matches(const Star& star, std::string_view literal, std::string_view local) {
    if (star.first) return local.ends_with(literal);
    if (star.last) return local.starts_with(literal);
    return local == literal;
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

tl::expected<Pattern, PatternFault> Pattern::parse(std::string_view text, PatternRole role,
                                                   std::string_view default_realm,
                                                   std::span<const LoginForm> forms) {
    Pattern pattern;
    pattern.text_ = text;
    if (text.empty()) return fault(0, "an empty pattern", "`*` means any address");
    if (text == "*") {
        pattern.kind_ = Kind::any;
        return pattern;
    }
    if (text == "<>") {
        if (role != PatternRole::sender)
            return fault(0, "`<>` is the null sender", "it may only stand in `senders`");
        pattern.kind_ = Kind::null;
        return pattern;
    }
    if (text.front() == '/') {
        if (text.size() < 3 || text.back() != '/')
            return fault(text.size() - 1, "a regex without its closing `/`");
        const std::string_view expression = text.substr(1, text.size() - 2);
        auto regex = std::make_shared<const RE2>(
            re2::StringPiece(expression.data(), expression.size()), regex_options());
        if (!regex->ok())
            return fault(1 + offset_of_error(*regex, expression),
                         "the regex does not compile: " + regex->error());
        for (const auto& [number, name] : regex->CapturingGroupNames())
            pattern.names_.push_back(name);
        pattern.regex_ = std::move(regex);
        pattern.kind_ = Kind::regex;
        return pattern;
    }

    std::size_t at = text.rfind('@');
    std::string_view local = text.substr(0, at);
    std::string_view domain = at == std::string_view::npos ? "" : text.substr(at + 1);

    if (role == PatternRole::sender && text.find_first_of("{}") != std::string_view::npos) {
        auto names = template_names(text);
        if (!names) return tl::make_unexpected(names.error());
        pattern.names_ = std::move(*names);
        pattern.kind_ = Kind::templated;
        if (text == "{login}") {  // the one placeholder that holds a whole address
            pattern.template_local_ = "{user}";
            pattern.template_domain_ = "{domain}";
            pattern.names_ = {"user", "domain"};
            return pattern;
        }
        if (at == std::string_view::npos)
            return fault(text.size(), "a sender needs a domain",
                         "`" + std::string(text) + "@example.com`");
        const Star star = cut_star(local);
        if (star.rest.find('*') != std::string_view::npos || (star.first && star.last))
            return fault(local.find('*'),
                         "a star may stand at the start or at the end of a local part");
        if (local.empty()) return fault(0, "no local part before the `@`");
        pattern.template_local_ = local;
        pattern.template_domain_ = domain;
        if (domain.find('{') == std::string_view::npos) {
            const std::string_view bare = domain.starts_with("*.") ? domain.substr(2) : domain;
            const auto normal = normalize_domain(bare);
            if (!normal) return fault(at + 1, "`" + std::string(domain) + "` is not a domain");
            pattern.template_domain_ = (domain.starts_with("*.") ? "*." : "") + *normal;
            if (!domain.starts_with("*.")) pattern.domain_ = *normal;
        } else if (domain.substr(domain.starts_with("*.") ? 2 : 0).find('*') !=
                   std::string_view::npos) {
            return fault(at + 1, "a star in a domain stands for whole labels at its start",
                         "`*@*." + std::string(domain.substr(domain.rfind('*') + 1)) + "`");
        }
        return pattern;
    }

    const bool starred =
        local.find('*') != std::string_view::npos || domain.find('*') != std::string_view::npos;
    if (!starred) {
        if (role == PatternRole::login) {
            const auto login = canonical_login(text, Mta::postfix, default_realm, forms);
            if (!login)
                return fault(0, "`" + std::string(text) + "` is not a login: " + login.error().why);
            pattern.affix_ = login_key(*login);
            pattern.domain_ = login->realm;
            return pattern;
        }
        const auto address = parse_address(text);
        if (!address)
            return fault(0,
                         "`" + std::string(text) + "` is not an address: " + address.error().why);
        if (address->domain.empty())
            return fault(text.size(), "an address needs a domain",
                         "`" + std::string(text) + "@example.com`");
        pattern.affix_ = address_key(*address);
        pattern.domain_ = address->domain;
        return pattern;
    }

    if (at == std::string_view::npos)
        return fault(text.find('*'), "a star needs a domain",
                     "`" + std::string(text) + "@example.com`");
    if (domain.starts_with("*.")) {
        if (local != "*")
            return fault(at + 1, "a pattern over subdomains takes any local part",
                         "`*@" + std::string(domain) + "`");
        const auto normal = normalize_domain(domain.substr(2));
        if (!normal || domain.find('*', 1) != std::string_view::npos)
            return fault(at + 3, "`" + std::string(domain.substr(2)) + "` is not a domain");
        pattern.kind_ = Kind::subdomain;
        pattern.domain_ = *normal;
        return pattern;
    }
    if (domain.find('*') != std::string_view::npos)
        return fault(at + 1 + domain.find('*'),
                     "a star in a domain stands for whole labels at its start",
                     "`*@*." + std::string(domain.substr(domain.rfind('*') + 1)) + "`");
    const auto normal = normalize_domain(domain);
    if (!normal) return fault(at + 1, "`" + std::string(domain) + "` is not a domain");
    pattern.domain_ = *normal;
    if (local == "*") {
        pattern.kind_ = Kind::domain;
        return pattern;
    }
    const Star star = cut_star(local);
    if ((star.first && star.last) || star.rest.find('*') != std::string_view::npos)
        return fault(local.find('*'), "a star may stand at the start or at the end of a local part",
                     "a regex can say more");
    pattern.kind_ = star.last ? Kind::prefix : Kind::suffix;
    pattern.affix_ = ascii_lower(star.rest);
    return pattern;
}

bool Pattern::matches(const Address& address) const {
    const auto local = [&] { return ascii_lower(address.local); };
    switch (kind_) {
        case Kind::exact:
            return affix_ == address_key(address);
        case Kind::domain:
            return address.domain == domain_;
        case Kind::subdomain:
            return is_below(address.domain, domain_);
        case Kind::prefix:
            return address.domain == domain_ && local().starts_with(affix_);
        case Kind::suffix:
            return address.domain == domain_ && local().ends_with(affix_);
        case Kind::any:
            return true;
        case Kind::regex: {
            const std::string key = address_key(address);
            return regex_may_claim(key) && RE2::FullMatch(key, *regex_);
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
            return affix_ == login_key(login);
        case Kind::domain:
            return login.realm == domain_;
        case Kind::subdomain:
            return is_below(login.realm, domain_);
        case Kind::prefix:
            return login.realm == domain_ && ascii_lower(login.user).starts_with(affix_);
        case Kind::suffix:
            return login.realm == domain_ && ascii_lower(login.user).ends_with(affix_);
        case Kind::any:
            return true;
        case Kind::regex: {
            const std::string key = login_key(login);
            return regex_may_claim(key) && RE2::FullMatch(key, *regex_);
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
    const auto groups = static_cast<std::size_t>(regex_->NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> values(groups);
    if (!regex_->Match(key, 0, key.size(), RE2::ANCHOR_BOTH, values.data(),
                       static_cast<int>(groups)))
        return std::nullopt;
    for (const auto& [number, name] : regex_->CapturingGroupNames())
        captures[name] = std::string(values[static_cast<std::size_t>(number)]);
    return captures;
}

bool Pattern::matches_filled(const Address& address, const Captures& captures) const {
    if (kind_ != Kind::templated) return matches(address);
    const Star star = cut_star(template_local_);
    const auto literal = filled(star.rest, captures);
    if (!literal || !star_matches(star, ascii_lower(*literal), ascii_lower(address.local)))
        return false;
    const bool below = template_domain_.starts_with("*.");
    const auto text = filled(std::string_view(template_domain_).substr(below ? 2 : 0), captures);
    if (!text) return false;
    const auto domain = normalize_domain(*text);
    if (!domain) return false;
    return below ? is_below(address.domain, *domain) : address.domain == *domain;
}

std::optional<std::string> Pattern::fill(const Captures& captures) const {
    if (kind_ != Kind::templated) return text_;
    const Star star = cut_star(template_local_);
    const bool below = template_domain_.starts_with("*.");
    const auto local = filled(star.rest, captures);
    const auto text = filled(std::string_view(template_domain_).substr(below ? 2 : 0), captures);
    if (!local || !text) return std::nullopt;
    const auto domain = normalize_domain(*text);
    if (!domain) return std::nullopt;
    // A value that would need quoting is quoted, so that it cannot be read as a star or an @.
    std::string shown = local->empty() ? "" : to_string(Address{*local, ""});
    return (star.first ? "*" : "") + shown + (star.last ? "*" : "") + "@" + (below ? "*." : "") +
           *domain;
}

}  // namespace relaypermit

#include "tests/support/naive_patterns.h"

#include <re2/re2.h>

#include <memory>
#include <vector>

#include "policy/domain.h"
#include "tests/support/naive_login.h"

namespace relaypermit::naive {

bool starts_with(const std::string& text, const std::string& start) {
    return text.size() >= start.size() && text.compare(0, start.size(), start) == 0;
}

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

namespace {

// "Comparison ignores case, in ASCII": RE2 would also fold the long s and the Kelvin sign onto
// ASCII letters, so a text with one of these matches no regex.
bool has_deceptive_letter(const std::string& text) {
    return text.find("\u017f") != std::string::npos || text.find("\u212a") != std::string::npos;
}

// The expression of /expression/, compiled once for the whole run.
const RE2& regex_of(const Pattern& pattern) {
    static std::map<std::string, std::unique_ptr<const RE2>> compiled;
    auto& regex = compiled[pattern.text()];
    if (!regex) {
        RE2::Options options;
        options.set_case_sensitive(false);
        options.set_log_errors(false);
        regex = std::make_unique<RE2>(pattern.text().substr(1, pattern.text().size() - 2), options);
    }
    return *regex;
}

bool is_regex(const Pattern& pattern) {
    return starts_with(pattern.text(), "/");
}

// Fills in {name}; an unknown name leaves nothing that could match.
std::optional<std::string> filled(const std::string& text, const Values& values) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '{') {
            out += text[i];
            continue;
        }
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) return std::nullopt;
        const auto value = values.find(text.substr(i + 1, end - i - 1));
        if (value == values.end()) return std::nullopt;
        if (value->second.find('@') != std::string::npos) return std::nullopt;
        out += value->second;
        i = end;
    }
    return out;
}

// Whether a domain is the one that is written, one below it, or any that is hosted.
bool domain_match(const std::string& written, const std::string& domain,
                  const PolicySource& policy) {
    if (ascii_lower(written) == "hosted") return policy.hosted_domains.contains(domain);
    if (starts_with(written, "*.")) {
        const auto parent = normalize_domain(written.substr(2));
        return parent && ends_with(domain, "." + *parent);
    }
    return domain == (written.empty() ? "" : normalize_domain(written).value_or("(no domain)"));
}

// Whether a pattern that is no regex and no template matches user@domain.
bool plain_match(const std::string& text, const std::string& user, const std::string& domain,
                 const PolicySource& policy, const std::string& default_realm) {
    if (text == "*") return true;
    const std::size_t at = text.rfind('@');
    const std::string left = ascii_lower(text.substr(0, at));
    const std::string right = at == std::string::npos ? default_realm : text.substr(at + 1);
    const std::string name = ascii_lower(user);
    if (!domain_match(right, domain, policy)) return false;
    if (left == "*") return true;
    if (left.front() == '"') {
        const auto exact = parse_address(text);
        return exact && ascii_lower(exact->local) == name;
    }
    if (left.back() == '*') return starts_with(name, left.substr(0, left.size() - 1));
    if (left.front() == '*') return ends_with(name, left.substr(1));
    return left == name;
}

}  // namespace

bool matches(const Pattern& pattern, const Address& address, const Values* values,
             const PolicySource& policy) {
    const std::string& text = pattern.text();
    if (text == "<>") return false;
    if (is_regex(pattern)) {
        const std::string whole = to_string(address);
        return !has_deceptive_letter(whole) && RE2::FullMatch(whole, regex_of(pattern));
    }
    // The one placeholder that holds a whole address.
    if (values != nullptr && text == "{login}")
        return !address.domain.empty() &&
               ascii_lower(address.local) == ascii_lower(values->at("user")) &&
               address.domain == values->at("domain");
    if (values != nullptr && text.find('{') != std::string::npos && text.front() != '"') {
        const std::size_t at = text.rfind('@');
        if (at == std::string::npos) return false;
        const auto local = filled(text.substr(0, at), *values);
        const auto domain = filled(text.substr(at + 1), *values);
        if (!local || !domain || local->empty()) return false;
        return (*domain == "" ? false : domain_match(*domain, address.domain, policy)) &&
               ascii_lower(*local) == ascii_lower(address.local);
    }
    return plain_match(text, address.local, address.domain, policy, "");
}

std::optional<Values> matches(const Pattern& pattern, const Login& login,
                              const PolicySource& policy) {
    Values values{{"user", login.user}, {"domain", login.realm}, {"login", to_string(login)}};
    if (!is_regex(pattern)) {
        // A login written down is one that is typed, in whatever spelling.
        std::string text = pattern.text();
        if (text.find('*') == std::string::npos)
            text = to_string(read_login(policy, text).value_or(Login{text, ""}));
        if (!plain_match(text, login.user, login.realm, policy, policy.default_realm))
            return std::nullopt;
        return values;
    }
    const std::string whole = to_string(login);
    const RE2& regex = regex_of(pattern);
    const auto groups = static_cast<std::size_t>(regex.NumberOfCapturingGroups());
    std::vector<std::string> texts(groups);
    std::vector<RE2::Arg> args(groups);
    std::vector<const RE2::Arg*> pointers(groups);
    for (std::size_t i = 0; i < groups; ++i) {
        args[i] = RE2::Arg(&texts[i]);
        pointers[i] = &args[i];
    }
    if (has_deceptive_letter(whole) ||
        !RE2::FullMatchN(whole, regex, pointers.data(), static_cast<int>(groups))) {
        return std::nullopt;
    }
    for (const auto& [name, number] : regex.NamedCapturingGroups())
        values[name] = texts[static_cast<std::size_t>(number) - 1];
    return values;
}

}  // namespace relaypermit::naive

#include "tests/support/naive_login.h"

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/utf8.h"
#include "tests/support/naive_folding.h"
#include "tests/support/naive_patterns.h"

namespace relaypermit::naive {
namespace {

std::optional<std::string> decoded(const std::string& raw, Mta mta) {
    if (mta == Mta::postfix) return raw;
    const std::string digits = "0123456789ABCDEF";
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] <= ' ' || raw[i] > '~' || raw[i] == '=') return std::nullopt;
        if (raw[i] != '+') {
            out += raw[i];
            continue;
        }
        if (i + 2 >= raw.size()) return std::nullopt;
        const std::size_t high = digits.find(raw[i + 1]);
        const std::size_t low = digits.find(raw[i + 2]);
        if (high == std::string::npos || low == std::string::npos) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

// Tries to lay the form over the text; what stands for the placeholders is left in user and domain.
// `whole`: the form has a {domain}.
bool lay(const std::string& form, const std::string& text, bool whole, std::string& user,
         std::string& domain) {
    if (form.empty()) return text.empty();
    if (form[0] != '{')
        return !text.empty() && ascii_lower(form.substr(0, 1)) == ascii_lower(text.substr(0, 1)) &&
               lay(form.substr(1), text.substr(1), whole, user, domain);
    const std::string name = form.substr(0, form.find('}') + 1);
    for (std::size_t n = name == "{any}" ? 0 : 1; n <= text.size(); ++n) {
        const std::string value = text.substr(0, n);
        if ((name != "{any}" || !whole) && value.find('@') != std::string::npos) break;
        if (name == "{domain}" && !normalize_domain(value)) continue;
        if (!lay(form.substr(name.size()), text.substr(n), whole, user, domain)) continue;
        if (name == "{user}") user = value;
        if (name == "{domain}") domain = value;
        return true;
    }
    return false;
}

Login with_realm(const std::string& user, const std::string& realm) {
    return {user, normalize_domain(realm).value_or(ascii_lower(realm))};
}

std::optional<Login> by_form(const PolicySource& policy, const std::string& text) {
    for (const LoginForm& form : policy.login_forms) {
        std::string user;
        std::string domain = policy.default_realm;
        const bool whole = form.text().find("{domain}") != std::string::npos;
        if (lay(form.text(), text, whole, user, domain)) return with_realm(user, domain);
    }
    return std::nullopt;
}

std::optional<Login> other_spelling(const PolicySource& policy, const Login& login) {
    if (auto other = by_form(policy, to_string(login))) return other;
    if (login.realm != policy.default_realm && login.realm != normalize_domain(policy.server_name))
        return std::nullopt;
    return by_form(policy, login.user);
}

std::optional<Login> read_as_it_is(const PolicySource& policy, const std::string& text) {
    if (!text_fault(text).empty() || has_invisible(text) || text.find('?') != std::string::npos)
        return std::nullopt;
    std::optional<Login> login = by_form(policy, text);
    if (!login) {
        const std::size_t at = text.rfind('@');
        const std::string user = text.substr(0, at);
        if (user.empty() || ends_with(text, "@")) return std::nullopt;
        const Login plain =
            with_realm(user, at == std::string::npos ? policy.default_realm : text.substr(at + 1));
        login = other_spelling(policy, plain);
        if (!login) return plain;
    }
    if (other_spelling(policy, *login)) return std::nullopt;
    return login;
}

}  // namespace

std::optional<Login> read_as_it_is(const PolicySource& policy, const Facts& facts) {
    const auto text = decoded(facts.auth_authen, facts.mta);
    return text ? read_as_it_is(policy, *text) : std::nullopt;
}

bool has_blank_end(const Login& login) {
    for (const std::string& part : {login.user, login.realm})
        if (starts_with(part, " ") || ends_with(part, " ")) return true;
    return false;
}

bool has_many_delimiters(const PolicySource& policy, const Login& login) {
    for (const std::string& user :
         {login.user, folded_text(login.user, false), folded_text(login.user, true)}) {
        int count = 0;
        for (const char c : user)
            if (policy.subaddress_delimiter.find(c) != std::string::npos) ++count;
        if (count > 64) return true;
    }
    return false;
}

std::optional<Login> read_login(const PolicySource& policy, const Facts& facts) {
    const auto login = read_as_it_is(policy, facts);
    return login && !has_blank_end(*login) && !has_many_delimiters(policy, *login) ? login
                                                                                   : std::nullopt;
}

std::optional<Login> read_login(const PolicySource& policy, const std::string& text) {
    const auto login = read_as_it_is(policy, text);
    return login && !has_blank_end(*login) ? login : std::nullopt;
}

}  // namespace relaypermit::naive

#include "policy/login.h"

#include <cstddef>
#include <optional>

#include "policy/address.h"
#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

// Upper case only, as RFC 3461 section 4 has it and as Sendmail writes it.
// Capitals alone: RFC 3461, section 4.
std::optional<unsigned> xtext_digit(char c) {
    if (is_ascii_digit(c)) return static_cast<unsigned>(c - '0');
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::string> decode_xtext(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c < '!' || c > '~' || c == '=') return std::nullopt;
        if (c != '+') {
            decoded += c;
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const auto high = xtext_digit(text[i + 1]);
        const auto low = xtext_digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return decoded;
}

std::string canonical_realm(std::string_view realm) {
    return normalize_domain(realm).value_or(ascii_lower(realm));
}

bool has_blank_end(std::string_view text) {
    return text.starts_with(' ') || text.ends_with(' ');
}

struct Spellings {
    std::string_view default_as_written{};
    std::string_view appended_as_written{};
    std::span<const LoginForm> forms{};

    // Few logins turn on them.
    [[nodiscard]] std::string default_realm() const { return canonical_realm(default_as_written); }
    [[nodiscard]] std::string appended() const { return canonical_realm(appended_as_written); }

    [[nodiscard]] std::optional<Login> by_form(std::string_view text) const {
        for (const LoginForm& form : forms)
            if (const auto parts = form.read(text))
                return Login{parts->user,
                             parts->domain ? canonical_realm(*parts->domain) : default_realm()};
        return std::nullopt;
    }
    [[nodiscard]] std::optional<Login> of_canonical(const Login& login) const {
        if (forms.empty()) return std::nullopt;
        auto other = by_form(to_string(login));
        const bool bare = login.realm == default_realm() ||
                          (!appended_as_written.empty() && login.realm == appended());
        if (!other && bare) other = by_form(login.user);
        return other;
    }
};

}  // namespace

std::string_view to_string(Mta mta) {
    return mta == Mta::postfix ? "postfix" : "sendmail";
}

std::string to_string(const Login& login) {
    return login.realm.empty() ? login.user : login.user + "@" + login.realm;
}

std::string login_key(const Login& login) {
    return ascii_lower(to_string(login));
}

Login without_subaddress(const Login& login, std::string_view delimiters) {
    return {without_subaddress(Address{login.user, login.realm}, delimiters).local, login.realm,
            login.in_hosted_table};
}

tl::expected<Login, LoginFault> canonical_login(std::string_view raw, Mta mta,
                                                std::string_view default_realm,
                                                std::span<const LoginForm> forms,
                                                std::string_view appended) {
    std::string text(raw);
    bool shown = false;
    const auto fault = [&](std::string why, bool blank = false) {
        return tl::unexpected(LoginFault{std::move(why), blank, shown ? text : std::string()});
    };
    const auto checked = [&](Login login) -> tl::expected<Login, LoginFault> {
        if (has_blank_end(login.user) || has_blank_end(login.realm))
            return fault("a part of it begins or ends with a blank", true);
        return login;
    };
    if (mta == Mta::sendmail) {
        auto decoded = decode_xtext(raw);
        if (!decoded) return fault("the login is not valid xtext");
        text = *std::move(decoded);
    }
    if (const auto why = text_fault(text); !why.empty())
        return fault("the login holds " + std::string(why));
    if (has_invisible(text)) return fault("the login holds a character that does not show");
    shown = true;
    if (text.find('?') != std::string::npos)
        return fault("the login holds `?`, which stands for any byte that Postfix does not print");
    const Spellings spellings{default_realm, appended, forms};
    std::optional<Login> login = spellings.by_form(text);
    if (!login) {
        const std::size_t at = text.rfind('@');
        if (text.substr(0, at).empty()) return fault("the login has no user part");
        if (at != std::string::npos && at + 1 == text.size()) return fault("the login ends with @");
        const Login plain = at == std::string::npos
                                ? Login{text, spellings.default_realm()}
                                : Login{text.substr(0, at), canonical_realm(text.substr(at + 1))};
        login = spellings.of_canonical(plain);
        if (!login) return checked(plain);
    }
    if (spellings.of_canonical(*login))
        return fault("the login is `" + to_string(*login) +
                     "` by one of the `forms`, and that is another login by another");
    return checked(*std::move(login));
}

}  // namespace relaypermit

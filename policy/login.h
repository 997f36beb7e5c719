// The login in the one form in which it is compared. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/login_form.h"

namespace relaypermit {

enum class Mta : std::uint8_t { postfix, sendmail };
[[nodiscard]] std::string_view to_string(Mta mta);

// A login made canonical: split at the last @, the realm in lower case (as an A-label where it is
// a domain) or the default realm. `user` keeps its case; comparisons ignore it (ASCII).
struct Login {
    std::string user{};
    std::string realm{};     // empty where the login has none and there is no default realm
    bool in_hosted_table{};  // of the realm, as Address has it; no part of the login

    friend bool operator==(const Login& a, const Login& b) {
        return a.user == b.user && a.realm == b.realm;
    }
};

[[nodiscard]] std::string to_string(const Login& login);  // user@realm, or user
[[nodiscard]] std::string login_key(const Login& login);  // the same in ASCII lower case

// The account whose subaddress a login is, where a back end strips these before it looks for the
// password (Dovecot's auth_username_format, directories): without_subaddress() of an address, and
// the login itself where there is none. A restriction holds by either.
[[nodiscard]] Login without_subaddress(const Login& login, std::string_view delimiters);

struct LoginFault {
    std::string why{};
    bool blank{};         // that is a blank at an end of its user or realm
    std::string typed{};  // the login without xtext, where it can be shown
};

// `raw` is {auth_authen}. xtext (RFC 3461: +2B) is decoded for Sendmail only: on Postfix, which
// does not encode, decoding would let the login `a+2Bb` become `a+b`.
// A fault: empty user, a blank at either end of user or realm (some databases take that for the
// login without it, so that it would be another name of an account), control characters, NUL,
// invalid UTF-8, bad xtext, and `?`, because Postfix writes it for every byte that it does not
// print, so that two logins could look alike.
//
// A login of one of `forms`, the first that fits, is the user@domain that the form makes of it, or
// the user of the default realm where it names no domain. user@default-realm counts as `user` here
// too, as everywhere, and so does user@`appended`, the server's own name: Cyrus SASL
// (smtpd_sasl_local_domain = $myhostname) and Dovecot (auth_default_realm) put a realm behind every
// login that has no @. Not behind any other realm: whoever may choose names there would get into
// this one by `ceo%example.com`. A fault where a form fits what a form made: whose login that is
// would be a guess. So the canonical form of a canonical login is itself.
[[nodiscard]] tl::expected<Login, LoginFault> canonical_login(std::string_view raw, Mta mta,
                                                              std::string_view default_realm,
                                                              std::span<const LoginForm> forms = {},
                                                              std::string_view appended = {});

}  // namespace relaypermit

// The logins as which a restriction knows one. A directory may let mallory in as `mállory`,
// `ｍallory` or `mallory  `, and a mail server hands over what was typed: Active Directory, LDAP
// (caseIgnoreMatch, RFC 4518) and the collations of MySQL fold case, width, accents and blanks,
// each in its own way. A restriction only ever refuses, so it holds for whatever one of them could
// take for its login; a grant goes on comparing exactly. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/folding.h"
#include "policy/login.h"
#include "policy/pattern.h"

namespace relaypermit {

struct PolicySource;

// More than any name has. Each is a place at which a back end may cut a subaddress off, so each has
// its price; a login with more of them cannot be used, or a name that ends behind the last one that
// is looked at would get around its restriction.
inline constexpr std::size_t most_delimiters = 64;
// As it is typed, or as a directory could take it.
[[nodiscard]] bool has_too_many_delimiters(const PolicySource& source, const Login& login);

// The login as folded() has its user. An @ that this makes splits the login. The realm stays. An
// empty user where nothing is left of it. Folding again changes nothing.
[[nodiscard]] Login folded_login(const Login& login, Folding folding);

// The login in each folding that changes it, each once.
[[nodiscard]] std::vector<Login> folded_logins(const Login& login);

// login_key() of an exact login pattern in each folding that changes it, each once; none of another
// pattern.
[[nodiscard]] std::vector<std::string> folded_keys(const Pattern& pattern);

class RestrictedLogin {
  public:
    RestrictedLogin(const PolicySource& source, const Login& login);

    // The login itself, without its subaddress (cut at any delimiter: not all back ends cut at the
    // first), and all of them folded in either way; each once. A realm that owns nothing here is
    // folded too, one that does is somebody's own.
    [[nodiscard]] const std::vector<Login>& names() const& { return names_; }
    void names() && = delete;
    // The first of them that the pattern of a restriction is about; null where it is about none.
    [[nodiscard]] const Login* reached_by(const Pattern& pattern) const;

  private:
    void add(Login login);

    std::vector<Login> names_{};
    std::vector<std::string> keys_{};  // login_key() of each
};

}  // namespace relaypermit

// The logins as which a restriction knows one. A directory may let mallory in as `mállory`,
// `ｍallory` or `mallory  `, and a mail server hands over what was typed: Active Directory, LDAP
// (caseIgnoreMatch, RFC 4518) and the collations of MySQL fold case, width, accents and blanks,
// each in its own way. A restriction only ever refuses, so it holds for whatever one of them could
// take for its login; a grant goes on comparing exactly. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "policy/folding.h"
#include "policy/login.h"
#include "policy/pattern.h"

namespace relaypermit {

struct PolicySource;

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
    // first), and all of them folded in either way; each once. A realm
    // that owns nothing here is folded too, one that does is somebody's own.
    [[nodiscard]] const std::vector<Login>& names() const& { return names_; }
    void names() && = delete;
    // The first of them that the pattern of a restriction is about; null where it is about none.
    [[nodiscard]] const Login* reached_by(const Pattern& pattern) const;

  private:
    void add(Login login);

    std::vector<Login> names_{};
};

}  // namespace relaypermit

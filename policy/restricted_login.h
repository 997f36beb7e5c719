// The logins as which a restriction knows one. A directory may let mallory in as `mállory`,
// `ｍallory` or `mallory  `, and a mail server hands over what was typed: Active Directory, LDAP
// (caseIgnoreMatch, RFC 4518) and the collations of MySQL fold case, width, accents and blanks,
// each in its own way. A restriction only ever refuses, so it holds for whatever one of them could
// take for its login; a grant goes on comparing exactly. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/login.h"
#include "policy/pattern.h"

namespace relaypermit {

struct PolicySource;

// The login in NFKC without case, accents, and blanks at its ends or doubled; letters that no
// decomposition takes apart (ø, ł, æ) as directories compare them. An @ that this makes splits the
// login. The realm stays. An empty user where nothing is left of it. Folding again changes nothing.
[[nodiscard]] Login folded_login(const Login& login);

// login_key() of an exact login pattern once folded; nullopt for another pattern, and where folding
// changes nothing.
[[nodiscard]] std::optional<std::string> folded_key(const Pattern& pattern);

class RestrictedLogin {
  public:
    RestrictedLogin(const PolicySource& source, const Login& login);

    // The login itself, without its subaddress, and both folded; each once. A realm that owns
    // nothing here is folded too, one that does is somebody's own.
    [[nodiscard]] const std::vector<Login>& names() const& { return names_; }
    void names() && = delete;
    // The first of them that the pattern of a restriction is about; null where it is about none.
    [[nodiscard]] const Login* reached_by(const Pattern& pattern) const;

  private:
    void add(Login login);

    std::vector<Login> names_{};
};

}  // namespace relaypermit

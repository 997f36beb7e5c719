// One pattern of a policy file: an address pattern of `logins`, `senders` or `recipients`.
// Immutable after parsing; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/address.h"
#include "policy/login.h"

namespace re2 {
class RE2;
}

namespace relaypermit {

// Where a pattern stands; it decides which forms are allowed.
enum class PatternRole : std::uint8_t {
    login,      // also a bare `alice`; no `<>`; group:NAME is resolved before
    sender,     // also templates ({user}, {domain}, {login}, named captures) and `<>`
    recipient,  // also `hosted`, which the reader of the file resolves before
};

// A mistake in a pattern: where in its text (offset in bytes, 0-based) and what.
struct PatternFault {
    std::size_t offset{};
    std::string why{};
    std::string help{};  // what to write instead; may be empty
};

// What `{name}` in a sender template stands for, taken from the login: user, domain, login, and
// the named captures of the login pattern that matched.
using Captures = std::map<std::string, std::string, std::less<>>;

class Pattern {
  public:
    enum class Kind : std::uint8_t {
        exact,      // user@domain; in logins also `user` (no realm)
        domain,     // *@domain
        subdomain,  // *@*.domain: any depth below
        prefix,     // bounce-*@domain
        suffix,     // *-bounces@domain
        any,        // *: any address and the null sender
        null,       // <>
        regex,      // /.../: RE2, the whole address, case-insensitive
        templated,  // a sender pattern with placeholders; filled in for each login
    };

    // Parses a pattern as written. On success text() gives it back as its author wrote it.
    // An exact login is canonical_login() of what is written.
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse(
        std::string_view text, PatternRole role, std::string_view default_realm = {},
        std::span<const LoginForm> forms = {});

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    // exact: the key (address_key or login_key form). prefix, suffix: the affix in lower case.
    [[nodiscard]] const std::string& affix() const { return affix_; }
    // domain, subdomain, prefix, suffix: the normalized domain. templated: the domain where it has
    // no placeholder, else empty.
    [[nodiscard]] const std::string& domain() const { return domain_; }
    // regex: the compiled expression; else null.
    [[nodiscard]] const re2::RE2* regex() const { return regex_.get(); }
    // Names that a regex defines, or that a template uses; in order.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

    // Whether the pattern matches. Not for templated patterns: fill() them first (false).
    [[nodiscard]] bool matches(const Address& address) const;
    [[nodiscard]] bool matches(const Login& login) const;
    [[nodiscard]] bool matches_null() const { return kind_ == Kind::any || kind_ == Kind::null; }
    // regex on a login: the named captures, nullopt where it does not match.
    [[nodiscard]] std::optional<Captures> capture(const Login& login) const;
    // templated: whether it matches `address` once the captures are filled in, each matching
    // literally and within its own local part or domain: a value with an @, or that is not a
    // domain where it stands in one, never matches anything.
    [[nodiscard]] bool matches_filled(const Address& address, const Captures& captures) const;
    // templated: the pattern for one login as text, for `who`; nullopt where it fits nothing.
    [[nodiscard]] std::optional<std::string> fill(const Captures& captures) const;

  private:
    Kind kind_{};
    std::string text_{};
    std::string affix_{};
    std::string domain_{};
    std::shared_ptr<const re2::RE2> regex_{};
    std::vector<std::string> names_{};
    std::string template_local_{};  // templated: the parts with their placeholders
    std::string template_domain_{};
};

// Whether a regex may claim this key at all: false where it holds a letter outside ASCII that
// RE2's case folding would take for one inside (U+017F, U+212A).
[[nodiscard]] bool regex_may_claim(std::string_view key);

// user, domain, login of a login: what every template may use.
[[nodiscard]] Captures login_captures(const Login& login);

}  // namespace relaypermit

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
#include "policy/domain.h"
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
        across,     // in many domains: *@hosted, info@hosted, bounce-*@hosted, root@*.domain
        any,        // *: any address and the null sender
        null,       // <>
        regex,      // /.../: RE2, the whole address, case-insensitive
        templated,  // a sender pattern with placeholders; filled in for each login
    };

    // Parses a pattern as written. On success text() gives it back as its author wrote it.
    // An exact login is canonical_login() of what is written. `hosted_domains` is what the domain
    // `hosted` stands for; null where that is no word.
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse(
        std::string_view text, PatternRole role, std::string_view default_realm = {},
        std::span<const LoginForm> forms = {}, std::string_view appended_realm = {},
        std::shared_ptr<const DomainSet> hosted_domains = {});

    Pattern() = default;  // one that matches nothing
    Pattern(const Pattern& other);
    Pattern(Pattern&& other) noexcept { swap(other); }
    Pattern& operator=(Pattern other) noexcept {
        swap(other);
        return *this;
    }
    ~Pattern();

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] std::string text() const;
    // The next two look into the pattern.
    // exact: the key (address_key or login_key form). prefix, suffix: the affix in lower case.
    [[nodiscard]] std::string_view affix() const;
    // exact, domain, subdomain, prefix, suffix: the normalized domain. templated: the domain where
    // it has no placeholder, else empty. across: the domain below which it is; empty for `hosted`.
    [[nodiscard]] std::string_view domain() const;
    // across: of a local part, in lower case, with a star at one of its ends, or alone.
    struct LocalPart {
        bool star_first{};
        bool star_last{};
        std::string literal{};

        [[nodiscard]] bool matches(std::string_view lower_case_local) const;
    };
    [[nodiscard]] const LocalPart* local_part() const;  // null for other kinds
    // across, templated: the domains that `hosted` stands for; null where that is not its domain.
    [[nodiscard]] const DomainSet* hosted_domains() const;
    // regex: the compiled expression; else null.
    [[nodiscard]] const re2::RE2* regex() const;
    // Names that a regex defines, or that a template uses; in order.
    [[nodiscard]] const std::vector<std::string>& names() const;

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
    // A policy may hold a million exact patterns, and few others: what those alone need is apart,
    // and of the rest the same characters are not held twice. 24 bytes and the characters.
    struct Special {  // regex, templated, across
        std::string text{};
        std::string domain{};
        std::shared_ptr<const re2::RE2> regex{};
        std::vector<std::string> names{};
        std::string template_local{};  // templated: the parts with their placeholders
        std::string template_domain{};
        LocalPart local{};  // across
        std::shared_ptr<const DomainSet> hosted{};
    };
    using Hosted = std::shared_ptr<const DomainSet>;
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse_regex(std::string_view text);
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse_template(std::string_view text,
                                                                            const Hosted& hosted);
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse_exact(
        std::string_view text, PatternRole role, std::string_view default_realm,
        std::span<const LoginForm> forms, std::string_view appended_realm);
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse_starred(std::string_view text);
    [[nodiscard]] static tl::expected<Pattern, PatternFault> parse_hosted(std::string_view text,
                                                                          const Hosted& hosted);
    [[nodiscard]] static tl::expected<LocalPart, PatternFault> parse_local(std::string_view local);

    Pattern(Kind kind, std::string_view text, std::string_view affix, std::string_view domain);
    Pattern(Kind kind, Special special);
    void swap(Pattern& other) noexcept;
    [[nodiscard]] bool is_special() const {
        return kind_ == Kind::regex || kind_ == Kind::templated || kind_ == Kind::across;
    }
    // across
    [[nodiscard]] bool is_in_domains(std::string_view domain, bool in_hosted_table) const;
    [[nodiscard]] const Special& special() const { return *static_cast<const Special*>(owned_); }
    [[nodiscard]] const char* characters() const { return static_cast<const char*>(owned_); }
    [[nodiscard]] std::size_t character_count() const;

    void* owned_{};  // a Special where is_special(); else the text, then what is not in it
    std::uint32_t text_size_{};
    std::uint32_t affix_size_{};
    std::uint32_t domain_size_{};
    Kind kind_{};
    bool affix_is_text_{};      // else it stands behind the text
    bool domain_ends_affix_{};  // else it stands behind the affix
};

// Whether a regex may claim this key at all: false where it holds a letter outside ASCII that
// RE2's case folding would take for one inside (U+017F, U+212A).
[[nodiscard]] bool regex_may_claim(std::string_view key);

// user, domain, login of a login: what every template may use.
[[nodiscard]] Captures login_captures(const Login& login);

}  // namespace relaypermit

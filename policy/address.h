// Mail addresses: the value that is compared, and the strict readers of the places in which an
// address arrives (an envelope argument, an MTA's macro, a policy file). Header fields have
// readers of their own in from_field.h. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/ascii.h"

namespace relaypermit {

// RFC 5321 4.5.3.1.1 allows 64 octets of local part, but MTAs take more, and bounce addresses of
// list managers (VERP, SRS, BATV) use more. A long local part is read alike by everybody; the bound
// is that of a whole path (4.5.3.1.3), and keeps what is matched and logged small.
inline constexpr std::size_t max_local_bytes = 256;

// An address without its quoting. `local` holds the octets that are meant (`"a b"` is `a b`), in
// the case in which they were written; `domain` is normalized (domain.h) and is empty for a bare
// local part (`<alice>`, `<postmaster>`). Never holds NUL, other control characters, or invalid
// UTF-8.
struct Address {
    std::string local{};
    std::string domain{};
    // That a [[domain_table]] says that the domain is hosted (domain_standings.h): `@hosted` of a
    // pattern means it too. No part of the address.
    bool in_hosted_table{};

    // Octet for octet, the local part in its own case. Ownership compares same_address() instead.
    friend bool operator==(const Address& a, const Address& b) {
        return a.local == b.local && a.domain == b.domain;
    }
};

// RFC 5321 form with quoting where the local part needs it: `"a b"@example.com`.
[[nodiscard]] std::string to_string(const Address& address);

// The key that comparisons and hashes use: to_string() with ASCII letters of the local part in
// lower case. Two addresses are the same for relaypermit where their keys are equal.
[[nodiscard]] std::string address_key(const Address& address);
[[nodiscard]] bool same_address(const Address& a, const Address& b);

// The address without its subaddress: alice+news@x becomes alice@x. `delimiters` is a set of
// characters, the cut is at the first of them, as with Postfix's recipient_delimiter (postconf(5)).
// A local part that begins with one, an empty set, and what Postfix never splits (postmaster,
// mailer-daemon, double-bounce; with `-` also owner-list and list-request) leave the address as
// it is.
[[nodiscard]] Address without_subaddress(const Address& address, std::string_view delimiters);

// The argument of MAIL FROM or RCPT TO as it stands on the wire, without ESMTP parameters.
struct Path {
    bool null{};          // <>
    bool had_route{};     // <@a,@b:user@c>: the route is dropped (RFC 5321 appendix C)
    bool had_brackets{};  // false for mail from the sendmail(1) command
    bool quoted_local{};  // the local part was a quoted string on the wire
    Address address{};    // empty where null
};

// Why an address could not be read, in words for a log or a trace ("unbalanced quote").
struct AddressFault {
    std::string why{};
};

// Strict RFC 5321 path, with what MTAs let through and everybody reads alike: missing angle
// brackets, one trailing dot of the domain, a bare local part, dots at the ends of a local part or
// side by side (to_string() quotes those), a local part above 64 octets, UTF-8 (RFC 6531).
// Refused: nested brackets, comments, white space and backslashes outside quotes, several unquoted
// @, a quoted @ without a domain behind it, an empty local part, control characters, NUL.
[[nodiscard]] tl::expected<Path, AddressFault> parse_path(std::string_view argument);

// An address as a policy file or an MTA's macro gives it: no brackets, no route. The local part
// may be quoted. With `unquoted` (the internal form, as in Postfix's queue files) everything before
// the last @ is the local part as it stands.
enum class Quoting : std::uint8_t { rfc5321, unquoted };
[[nodiscard]] tl::expected<Address, AddressFault> parse_address(std::string_view text,
                                                                Quoting quoting = Quoting::rfc5321);

}  // namespace relaypermit

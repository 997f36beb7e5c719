// The strict reader of the header fields From and Sender. It accepts only what every mail program
// reads in one way; whatever two readers could take differently is a fault, never a guess.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/address.h"
#include "policy/cause.h"
#include "policy/field_lines.h"
#include "policy/login.h"
#include "policy/reason.h"

namespace relaypermit {

// A longer field, or one of more addresses, is a fault (from-unusable).
inline constexpr std::size_t max_from_bytes = 16384;
inline constexpr std::size_t max_from_addresses = 50;
// Of one member of the list with its name on Sendmail, bytes outside ASCII counted twice. Of a
// longer one Sendmail (MAXNAME, 256) cuts the address, drops the name, or puts a comma between
// them, which makes the name an author: `"victim@x ...", <me@y>`.
inline constexpr std::size_t max_sendmail_mailbox = 240;

// Why a field could not be read in one way only: a stable id for tests and a sentence part for
// people ("two addresses without a comma between them").
struct FromFault {
    std::string why{};
    // What is to be mended, where it can be named; one of those of from-unusable.
    Reason reason{};

    bool operator==(const FromFault&) const = default;
};

// The addresses of a From field's value (after the colon; folds as \n, \r\n or already removed),
// in order, the same address twice kept once. Never empty on success; every address has a domain.
//
// Accepted: name-addr and addr-spec lists (RFC 5322 3.4, UTF-8 as in RFC 6532), quoted display
// names, encoded words in display names, the obsolete phrase with dots (`John Q. Public <j@x>`),
// everyday `a@x <a@x>`, and harmless comments behind the address or a name (`a@x (Jo Bloggs)`, `Jo
// (home) <a@x>`: words and dots only). A quoted name that holds an @ and is not the address itself
// is accepted in one form only, because readers that lose count of the quotes find an author in it:
// as the whole name of the only mailbox, one space or fold before the bracket, no comment,
// backslash, encoded word, tab or other fold in the field
// (`"victim@x via Lists" <me@y>`), no parenthesis in it without its partner and no angle bracket.
// An @ or bracket of full or small width counts as one, since some readers take it for one.
// A fault: routes, groups, nested or unbalanced brackets and quotes, other comments, anything
// behind `>` but a comma or a comment, an unquoted @ in a display name that is not the address
// itself (apostrophes do not quote), brackets or an @ in quotes behind another word of the name,
// encoded words in an address, or hiding an address, bracket or encoded word in a display name (in
// quotes too), or the end of a comment, or in a charset that is not known to show ASCII as ASCII
// (encoded_word.h), or a quote beside a quoted local part, an encoded word of the own address that
// is not the whole name, an = sign before a fold or tab that ends no encoded word, no domain, empty
// list members, control characters, NUL, invalid UTF-8, line breaks that are no folds, blank
// continuation lines, more than max_from_bytes or max_from_addresses, a line above max_line_bytes.
// Stricter than parse_path() in an address: no trailing dot of the domain, no misplaced dots, no
// invisible characters, no specials or blanks in a quoted local part, a domain in Unicode in its
// mapped form only (domain.h). The name, as received, counts towards the length of the first line,
// and so does a blank behind the colon, which milters are mostly given without. On
// Sendmail a line above max_sendmail_line_bytes is a fault, too, a member of the list above
// max_sendmail_mailbox, and an address with a byte from 80 to 9F, ahead of each of which Sendmail
// puts a DEL when it writes the address anew. Time is linear in the field: at most a quarter of a
// millisecond for 16 KB.
[[nodiscard]] tl::expected<std::vector<Address>, FromFault> parse_from(
    std::string_view value, std::string_view name = "From", Mta mta = Mta::postfix);

// The same for Sender, which holds exactly one mailbox (RFC 5322 3.6.2).
[[nodiscard]] tl::expected<Address, FromFault> parse_sender(std::string_view value,
                                                            std::string_view name = "Sender",
                                                            Mta mta = Mta::postfix);

}  // namespace relaypermit

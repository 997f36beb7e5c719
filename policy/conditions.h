// What rules ask of a session, one predicate each, for the decision and for all that explains or
// derives it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/reading.h"

namespace relaypermit {

enum class GrantField : std::uint8_t { envelope, from, sender };

// unknown: a table is silent, or some clients of a network do and some do not.
enum class Match : std::uint8_t { no, yes, unknown };

// Whether a cause of this action, or this cause in this policy, keeps a message out, for now or
// for good; mode = "monitor" does not count.
[[nodiscard]] bool refuses(Action action);
[[nodiscard]] bool refuses(const Policy& policy, Cause cause);

// Whether a login owns the address of its own name: owns_own_address, and a realm that counts.
[[nodiscard]] bool owns_itself(const PolicySource& source, const Login& login);

[[nodiscard]] bool covers_field(const GrantFields& fields, GrantField field);

// Whether a grant leaves out this sender, or one of these ways to write it, by its `except`. Of
// several logins that match, and fill in its placeholders differently, any will do.
[[nodiscard]] bool leaves_out(const Grant& grant, const Address& sender,
                              std::string_view subaddress_delimiters,
                              const std::vector<Captures>& captures);
[[nodiscard]] bool leaves_out_null(const Grant& grant);
// What cannot be read may be any sender that is left out.
[[nodiscard]] bool leaves_out_some(const Grant& grant);
// Whether except_logins of a grant name the login, its base, or what a directory could take for
// them (RestrictedLogin); of a restriction, the login itself: by a pattern, its base too.
[[nodiscard]] bool leaves_out(const Grant& grant, const Login& login, const PolicySource& source);
[[nodiscard]] bool leaves_out(const Restriction& restriction, const Login& login,
                              std::string_view subaddress_delimiters);

// Whether a cause is off for a login wherever it sends from, and as whatever, by its except_logins.
[[nodiscard]] bool is_excepted(const PolicySource& source, Cause cause, const Login& login);
// Whether a cause is off for this session, by its except_logins, except_senders or except_clients.
[[nodiscard]] bool is_excepted(const Policy& policy, Cause cause, const Facts& facts,
                               const Reading& reading);
// What a cause does to this session; mode = "monitor" aside.
[[nodiscard]] Action action_of(const Policy& policy, Cause cause, const Facts& facts,
                               const Reading& reading);

// Whether From is what `alignment` asks of it beside this sender: the null sender asks nothing, one
// that cannot be read is met by none.
[[nodiscard]] bool is_aligned(const PolicySource& source, const SenderReading& sender,
                              const Address& from);

// Whom a question about clients is about: all of a network, or one; nullopt: a session without a
// client, which is in no network.
using Clients = std::optional<Network>;
[[nodiscard]] Clients only(const std::optional<IpAddress>& client);

// Whether they are in any of the networks. Networks are not joined: of a network that lies in two
// of these, half in each, it is unknown.
[[nodiscard]] Match within(const std::vector<Network>& networks, const Clients& clients);
[[nodiscard]] Match within(const std::vector<PlacedNetwork>& networks, const Clients& clients);

// Whether the networks of a grant, or of a table, let these clients use it.
[[nodiscard]] Match is_within_networks(const GrantLimits& limits, const Clients& clients);
[[nodiscard]] inline Match is_within_networks(const Grant& grant, const Clients& clients) {
    return is_within_networks(*grant.rare, clients);
}

// Whether a restriction, whose subject the session is, objects to it with this cause, one of
// account-suspended, client-not-allowed and weak-login; by recipients see below. The second asks
// it of all clients without a login.
[[nodiscard]] Match objects(const Restriction& restriction, Cause cause, const Facts& facts,
                            const Reading& reading);
[[nodiscard]] Match objects(const Restriction& restriction, Cause cause, const Clients& clients);

// Whether a restriction that is in force names logins: one that cannot be read may be any of them.
[[nodiscard]] bool restricts_some_login(const PolicySource& source, TimePoint now);

// Whether a restriction by recipients, which this one must be, lets this one through.
[[nodiscard]] bool recipient_allowed(const Restriction& restriction,
                                     const RecipientReading& recipient);

// Whether this address of From is everybody's whose From is checked, as `bounces` has it: with the
// null sender, the only address of From is mailer-daemon of any domain. That is how a server that
// logs in, or relays by a grant, reports what it could not send (RFC 5321 4.5.5), and refusing the
// report loses the message without a word. A stranger's is incoming mail like any other.
[[nodiscard]] bool is_bounce(const Policy& policy, const Facts& facts, const Reading& reading,
                             const Address& from);
[[nodiscard]] bool is_mailer_daemon(const Address& address);

// Whether HELO says this server's own name or address. RFC 5321 4.1.4 lets a client say anything,
// but that is a lie.
[[nodiscard]] bool says_our_name(const PolicySource& source, const Facts& facts);

// Whether this is mail without a login that needs a grant by network: on a submission port, or for
// a recipient elsewhere. Mail for hosted recipients on port 25 is ordinary incoming mail, and what
// a trusted network or the sendmail(1) command hands over needs no grant.
[[nodiscard]] bool needs_grant_by_network(const Facts& facts, const Reading& reading);

}  // namespace relaypermit

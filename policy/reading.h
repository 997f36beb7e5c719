// The facts of a session, read: raw strings become the login, the sender and the addresses of
// From that the decision is about, or the reason why they cannot be read in one way only.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "policy/address.h"
#include "policy/facts.h"
#include "policy/from_field.h"
#include "policy/login.h"
#include "policy/policy.h"

namespace relaypermit {

// The envelope sender. The MTA's reading and ours must agree; see DISAGREED.
struct SenderReading {
    enum class State : std::uint8_t {
        null,       // <>
        address,    // `address` is what both read
        disagreed,  // the MTA read something else, or nobody could read it: owned by no login,
                    // and not hosted for a client without one
    };
    State state{State::disagreed};
    Address address{};
    std::string why{};  // where disagreed, in words for a trace
};

struct RecipientReading {
    std::optional<Address> address{};  // nullopt where it could not be read
    bool hosted{};                     // its domain is in hosted_domains, or it has none
    bool remote{};  // leaves this system: its domain is in no list and its mailer is a remote one
    // Delivered here by the MTA (its mailer is not a remote one) although no list of the policy
    // names the domain: worth one warning.
    bool unlisted{};
    bool rewritable{};  // %, ! or a quoted @ in the local part: MTAs rewrite and relay these
};

// What has been read of one message so far: kept beside its Facts, so that each part is read once.
struct Reading {
    bool logged_in{};              // {auth_type} and {auth_authen} set, not ANONYMOUS
    std::optional<Login> login{};  // nullopt: not logged in, or the login is unusable
    std::string login_why{};       // logged in, unusable: why
    bool login_blank{};            // and that is a blank at an end of its parts
    std::string login_typed{};     // and it can be shown: as typed, without xtext
    std::string mechanism{};       // upper case, empty without a login
    bool submission{};
    bool trusted{};  // no login and in trusted_networks
    SenderReading sender{};
    std::vector<RecipientReading> recipients{};  // one for each of the facts
    // From a From and a Sender field; only after read_headers().
    tl::expected<std::vector<Address>, FromFault> from{
        tl::unexpect, FromFault{"From was not read", Reason::none}};
    bool one_at_in_from{};  // that of its one address: no other address, not in a name either
    std::optional<tl::expected<Address, FromFault>> header_sender{};  // nullopt: no Sender field
    std::vector<Address> resent_from{};  // of the first Resent-From; empty where unusable
};

// Reads on in one message: at Stage::mail all but recipients and headers, and what `reading` held
// is gone; at Stage::rcpt the last recipient; at Stage::headers From and Sender. Between two calls
// recipients of the facts may be added and taken away at the end alone, one at a time.
void read_on(const Policy& policy, const Facts& facts, Stage stage, Reading& reading);

// The whole of a message that is there already, whatever stage it is asked about.
[[nodiscard]] Reading read_message(const Policy& policy, const Facts& facts);

[[nodiscard]] RecipientReading read_recipient(const Policy& policy, const Facts& facts,
                                              const Recipient& recipient);

// Whether mail on this port, or of this daemon of the MTA, is a submission. Nobody can name a
// daemon whose name the MTA does not say.
[[nodiscard]] bool is_submission(const PolicySource& source, std::uint16_t port,
                                 const std::string& daemon_name);

// Whether the MTA's own reading of an envelope sender is ours: equal without source route,
// quoting and trailing dot, in one case, a bare local part qualified (by the MTA's choice).
// Takes the MTA's form where they agree.
[[nodiscard]] SenderReading read_sender(const Facts& facts, const std::string& server_name);

}  // namespace relaypermit

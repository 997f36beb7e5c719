// Who may relay without logging in, in full: derived from the compiled policy, so that an admin
// reads what the engine does and not what the file seems to say. To relay is to send to any
// recipient whose domain is not hosted. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace relaypermit {

// One way to relay without a login. All that is said must hold.
struct OpenWay {
    enum class Ports : std::uint8_t { any, submission, not_submission };
    enum class Senders : std::uint8_t { any, listed, hosted, not_hosted };
    enum class Recipients : std::uint8_t {
        any,
        relay_domains,  // PolicySource::relay_domains
        // What the mail server delivers by a mailer that is not a remote one.
        other_mailers,
    };

    // "trusted-network", the id of a grant, "sendmail", or the setting: "relay.relay_domains",
    // "relay.remote_mailers", "cause.<id>".
    std::string rule{};
    Place place{};  // of a rule; a setting has none here
    // Mail from the sendmail(1) command, which is never refused at RCPT.
    bool local_command{};
    std::optional<Network> client{};  // nullopt: any client
    std::vector<Network> also_in{};   // and in one of these; empty: no such condition
    Ports ports{Ports::any};
    bool needs_tls{};  // on a submission port
    // A HELO with this server's own name is refused (cause helo-forged).
    bool needs_honest_helo{};
    Senders senders{Senders::any};
    Recipients recipients{Recipients::any};
    // Part of every policy whose remote mailers include smtp or esmtp: what no policy means by
    // relaying.
    bool is_ordinary{};
    const Grant* grant{};  // of listed senders, and its time
    // Other grants to clients of this way, not yet over, that add what it does not: a From where it
    // grants none, or a From alone. What a client may do is what all its grants permit.
    std::vector<const Grant*> more_from{};
    // Restrictions on the client that may take some of it back.
    std::vector<const Restriction*> restrictions{};
};

// All ways, in the order: trusted networks, grants by network, what a cause lets through,
// relay_domains, other mailers, the sendmail(1) command. A grant that is over at `now` is none, one
// that is yet to begin is one; nor is a network all of whose mail one restriction refuses, for
// good. Points into `policy`. Beside these ways there is none: every other client without a login
// is refused.
[[nodiscard]] std::vector<OpenWay> open_ways(const Policy& policy, TimePoint now);

// Whether a message to one recipient may take this way, by what the way itself says: the check of
// the statement.
[[nodiscard]] bool permits(const OpenWay& way, const Policy& policy, const Facts& facts);

}  // namespace relaypermit

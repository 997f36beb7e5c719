// Who may relay without logging in, in full: derived from the compiled policy, so that an admin
// reads what the engine does and not what the file seems to say. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace relaypermit {

// One way to relay without a login. All that is said must hold.
struct OpenWay {
    enum class Ports : std::uint8_t { any, submission, other };
    enum class Senders : std::uint8_t { any, listed, hosted, not_hosted };

    std::string rule{};  // "trusted-network", the id of a grant, or "cause.<id>"
    Place place{};
    std::optional<Network> client{};  // nullopt: any client
    std::vector<Network> also_in{};   // and in one of these; empty: no such condition
    Ports ports{Ports::any};
    bool needs_tls{};  // on a submission port
    // A HELO with this server's own name is refused (cause helo-forged).
    bool needs_honest_helo{};
    Senders senders{Senders::any};
    const Grant* grant{};  // of listed senders, and until
    // Restrictions on the client that may take some of it back.
    std::vector<const Restriction*> restrictions{};
};

// All ways, in the order: trusted networks, grants by network, what a cause lets through. A grant
// that is over at `now` is none. Points into `policy`. Beside these ways there is none: every
// other client without a login is refused.
[[nodiscard]] std::vector<OpenWay> open_ways(const Policy& policy, TimePoint now);

// Whether a message may take this way, by what the way itself says: the check of the statement.
[[nodiscard]] bool permits(const OpenWay& way, const Policy& policy, const Facts& facts);

}  // namespace relaypermit

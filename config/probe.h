// Asks a socket of the daemon whether somebody answers on it as relaypermitd does: a question that
// decides nothing, so that nothing is recorded. The tool asks, and the daemon itself for its
// watchdog. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/protocols.h"

namespace relaypermit {

enum class ProbeEnd : std::uint8_t {
    answered,
    nobody,      // no socket, or nobody listens on it
    denied,      // only whoever may connect can tell
    silent,      // no answer in time
    another,     // what answers is no relaypermitd
    no_address,  // the address is none that can be asked
};

struct Probe {
    Protocol protocol{};
    std::string address{};  // as [listen] writes it
    ProbeEnd end{};
    std::string why{};                      // where nobody answered: a clause
    std::chrono::duration<double> took{0};  // from the connection to the answer
};

enum class ProbeAs : std::uint8_t {
    mail_server,  // takes a place among its sessions for that time
    itself,       // takes none, and has one where they are all taken
};

// What the milter's negotiation offers as actions where the daemon asks itself: none that exist.
inline constexpr std::uint32_t actions_of_itself = 0x5E1F0000;

// milter: the negotiation, and a QUIT after its answer. policy: a request at CONNECT, to which
// nobody objects. socketmap: a key that is none. control: no request. `limit` is for all of it.
[[nodiscard]] Probe probe_socket(Protocol protocol, const std::string& address,
                                 std::chrono::milliseconds limit,
                                 ProbeAs as = ProbeAs::mail_server);

}  // namespace relaypermit

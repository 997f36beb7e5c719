// Asks a socket of the daemon whether somebody answers on it as relaypermitd does: a question that
// decides nothing, so that nothing is recorded. One thread.
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

// milter: the negotiation, which its answer ends with a QUIT. policy: a request at CONNECT, which
// is objected to by nobody. socketmap: a key that is none. `limit` is for all of it.
[[nodiscard]] Probe probe_socket(Protocol protocol, const std::string& address,
                                 std::chrono::milliseconds limit);

}  // namespace relaypermit

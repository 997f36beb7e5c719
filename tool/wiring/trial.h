// A made-up session, told to a socket of the daemon as the mail server would tell it, for the
// verdict on it. The daemon decides and records it as any other. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/protocols.h"

namespace relaypermit {

// A stranger who has not logged in and wants to send to somebody elsewhere.
struct TrialSession {
    std::string sender{};     // of a hosted domain
    std::uint16_t port{587};  // milter: the submission port that the client came by
};

struct Trial {
    Protocol protocol{};
    std::string address{};
    std::string fault{};  // a clause: why there is no verdict
    bool refused{};
    std::string said{};  // as the client would see it: "530 5.7.0 ..."; empty where not refused
    std::chrono::duration<double> took{0};
};

// Of milter, policy or socketmap. `limit` is for each answer.
[[nodiscard]] Trial try_socket(Protocol protocol, const std::string& address,
                               const TrialSession& session, std::chrono::milliseconds limit);

}  // namespace relaypermit

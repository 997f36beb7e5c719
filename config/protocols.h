// The protocols that relaypermitd is asked in, one row each: what the policy, the tool and the
// daemon know of them. How one is served is its row of milter/front_ends.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relaypermit {

enum class Protocol : std::uint8_t { milter, policy, socketmap, control, metrics };

struct ProtocolInfo {
    Protocol protocol{};
    std::string_view key{};            // of its table
    std::string_view usual{};          // the address where that does not say; empty: not served
    bool of_mail_servers{true};        // a daemon without any of these serves nobody
    bool unix_only{false};             // permissions say who may use it
    std::string_view table{"listen"};  // of the policy
};

// In the order of the documentation, which is that of Protocol.
inline constexpr std::array<ProtocolInfo, 5> protocols = {{
    {Protocol::milter, "milter", "unix:/var/spool/postfix/relaypermit/milter.sock"},
    {Protocol::policy, "policy"},
    {Protocol::socketmap, "socketmap"},
    // By which the tool talks to the daemon; see control_address.h. Mode and group are its own.
    {Protocol::control, "control", "unix:/run/relaypermit/control.sock", false, true},
    // What monitoring reads over HTTP; see metrics_address.h.
    {Protocol::metrics, "listen", "", false, false, "metrics"},
}};

constexpr std::size_t index_of(Protocol protocol) {
    return static_cast<std::size_t>(protocol);
}
constexpr const ProtocolInfo& info_of(Protocol protocol) {
    return protocols[index_of(protocol)];
}

static_assert(
    [] {
        for (std::size_t at = 0; at < protocols.size(); ++at)
            if (index_of(protocols[at].protocol) != at) return false;
        return true;
    }(),
    "a row for each protocol, in their order");

}  // namespace relaypermit

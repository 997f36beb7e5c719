// What is open although nobody relays by it: mail to hosted recipients in a hosted name, from
// anyone on port 25, and the reports of refusals that everybody may write. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/conditions.h"
#include "policy/policy.h"

namespace relaypermit {

// A setting that leaves something open, and what closing it costs.
struct OpenSetting {
    enum class Kind : std::uint8_t { sender, from, bounces, alignment };

    Kind kind{};
    std::string setting{};  // as in a policy: "cause.hosted-sender-needs-login", "from.bounces"
    std::string value{};    // "off", "monitor", "accept"; "set", of exceptions
    std::string who{};      // "anyone", "every login"
    std::string what{};     // "as a hosted sender", "From mailer-daemon@x"
    std::string breaks{};   // what closing it breaks: "on, it stops forwarders ..."
};

// To whom and where the settings of strangers are open, in words.
inline constexpr const char* to_hosted_on_port_25 = "to hosted recipients on port 25";

// The settings that leave it open, in the order of Kind; empty where all are closed. A setting is
// closed where its cause refuses, but for whom that excepts; restrictions on clients, and
// helo-forged, hold all the same.
[[nodiscard]] std::vector<OpenSetting> open_settings(const Policy& policy);

// Of an address that is hosted, or may be: the setting that lets anyone use it as envelope sender,
// or else the one that lets anyone write it into From. What is not hosted is no matter of these.
[[nodiscard]] std::optional<OpenSetting> open_to_anyone(const Policy& policy,
                                                        const Address& address, Match hosted);

}  // namespace relaypermit

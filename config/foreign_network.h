// Networks as other programs and people write them: ranges, stars, netmasks, host names. Internal
// to config/. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaypermit {

struct NetworkFault {
    std::string why{};   // a clause in lower case
    std::string help{};  // what to write instead
};

// Why a text that Network::parse() does not take is no network, where more can be said of it than
// that; nullopt where not.
[[nodiscard]] std::optional<NetworkFault> foreign_network(std::string_view text);

}  // namespace relaypermit

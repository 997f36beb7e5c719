// What a policy says to mail programs, whatever the format. Pure; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace relaypermit {

enum class UserNameForm : std::uint8_t {
    address,
    local_part,
    other,  // such as "your staff number": no program can be told
};

struct ClientConfig {
    std::string organisation{};           // may be empty; fit for XML, as all texts here
    std::string name{};                   // the organisation, or the server as it is shown
    std::string server{};                 // [server] name
    std::string help_url{};               // may be empty
    std::vector<std::string> domains{};   // in A-labels; no address literals
    std::vector<std::string> patterns{};  // hosted domains that no file can name
    std::vector<std::string> tables{};    // and the domain tables that may have more
    std::vector<MailService> incoming{};  // the preferred one first
    std::vector<MailService> outgoing{};
    UserNameForm user_name{};
    std::string user_name_in_words{};  // of other

    friend bool operator==(const ClientConfig&, const ClientConfig&) = default;
};

// `loaded` has a policy.
[[nodiscard]] ClientConfig client_config_of(const Loaded& loaded);

// Whether mail of the domain, which is normalized, is to be set up as the policy says: that of
// [guide] domains, or where there are none that of the hosted domains with their patterns; never
// that of a domain table, which is not asked.
[[nodiscard]] bool is_for_clients(const Loaded& loaded, const std::string& domain);

// For programs that ask for one server: the first with TLS from the first byte, which leaves them
// nothing to guess (RFC 8314 3), or else the first. Empty where none has the protocol.
[[nodiscard]] std::optional<MailService> one_service(const std::vector<MailService>& services,
                                                     MailProtocol protocol);

}  // namespace relaypermit

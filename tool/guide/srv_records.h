// DNS records by which mail programs find the servers of a domain: SRV (RFC 6186, RFC 8314 5.1),
// and the names that the other ways of set-up ask for. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/guide_settings.h"
#include "tool/guide/client_config.h"

namespace relaypermit {

struct SrvName {
    std::string_view name{};  // "_submission._tcp"
    MailProtocol protocol{};
    bool implicit_tls{};
};
// Every service that mail programs look for.
[[nodiscard]] std::span<const SrvName> srv_names();

inline constexpr std::string_view records_name = "records.zone";

// Lines of zone files (RFC 1035 5.1) with whole names, the lines of a domain together. What is not
// offered is said not to be. The web server is the one of help_url, where that is known; programs
// ask it by https at port 443 whatever help_url has, which is then said. `config` has domains.
[[nodiscard]] std::string zone_records(const ClientConfig& config);

// Whether it is https, at the port of that.
[[nodiscard]] bool is_at_usual_port(std::string_view url);

// The host of the web address, normalized; empty where it has no usable one.
[[nodiscard]] std::string host_of_url(std::string_view url);

}  // namespace relaypermit

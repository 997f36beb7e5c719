// Files by which mail programs set themselves up: what `relaypermit guide` writes into setup/
// beside the pages. One file a format, each with the documents it follows:
//   autoconfig.h        Thunderbird and a dozen others   setup/config-v1.1.xml
//   autodiscover.h      Outlook up to 2019, by POST      setup/autodiscover.cgi, .toml
//   apple_profile.h     iPhone, iPad, Mac                setup/DOMAIN.mobileconfig
//   srv_records.h       DNS, RFC 6186 and RFC 8314       setup/records.zone
//   web_server_lines.h  nginx, Apache, Caddy             setup/nginx-clients.conf and the like
// All of them say what client_config.h takes from the policy, and nothing else. The same bytes for
// the same policy and the same places. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tool/guide/site.h"

namespace relaypermit {

// Where they lie, within the guide's folder.
inline constexpr std::string_view setup_folder = "setup/";

struct SetupPlaces {
    std::string folder{};   // where the guide will lie, absolute: web-server lines name it
    std::string program{};  // relaypermit(1), absolute: autodiscover.cgi starts it
};

struct ClientSetup {
    SiteFiles files{};
    std::vector<std::string> notes{};  // what could not be written, and why
};

// No files, and a note of the reason, where the policy says too little: no program takes a
// configuration without an incoming server. `loaded` has a policy. The error is a fault of the
// tool.
[[nodiscard]] tl::expected<ClientSetup, std::string> client_setup(const Loaded& loaded,
                                                                  const SetupPlaces& places);

// The profiles that the page of a program links to: a list of `domain` and `href`; empty for all
// programs but Apple's, and where there are none. `up` leads from the page to the guide's folder.
[[nodiscard]] nlohmann::json apple_profiles(const Loaded& loaded, std::string_view program,
                                            std::string_view up);

// Adds files to a site and to the list of them in its marker.
void add_files(SiteFiles& site, const SiteFiles& more);

}  // namespace relaypermit

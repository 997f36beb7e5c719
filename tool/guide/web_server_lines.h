// Lines for nginx, Apache and Caddy by which the folder of a guide is served where mail programs
// look, and where replies lead. Two files for each: *-clients, for the server of each domain and of
// autoconfig and autodiscover below it, and *-pages, for the one that help_url names. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tool/guide/client_config.h"
#include "tool/guide/site.h"

namespace relaypermit {

// An absolute path that stands in the configuration of each of the three, in a regular expression
// and in a shell script as it is.
[[nodiscard]] bool is_plain_path(std::string_view path);

// Where the pages lie on their server, by help_url: "/", or a path with a slash at both ends;
// "/mail-help/" where there is no help_url. Empty: it has a path that would need quoting.
[[nodiscard]] std::string pages_path(const std::string& help_url);

// Names within the guide's folder. `folder` is where it will lie and is_plain_path(). Where user
// names cannot be told to programs there is nothing for *-clients. The error is a fault of the
// tool.
[[nodiscard]] tl::expected<SiteFiles, std::string> web_server_lines(const ClientConfig& config,
                                                                    const std::string& folder);

}  // namespace relaypermit

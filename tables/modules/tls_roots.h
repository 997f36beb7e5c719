// Whom a server's certificate may be signed by. Any thread.
#pragma once

#include <unistd.h>

#include <array>
#include <string>

#include "config/table_url.h"

namespace relaypermit {

// The policy's ca_file, or the system's bundle where Debian, Fedora and openSUSE, or Alpine have
// it; empty where there is none. Libraries differ in where they look by themselves: libpq below the
// home of its user, libldap in ldap.conf.
[[nodiscard]] inline std::string tls_roots(const ServerSettings& server) {
    if (!server.ca_file.empty()) return server.ca_file;
    constexpr std::array<const char*, 3> bundles = {"/etc/ssl/certs/ca-certificates.crt",
                                                    "/etc/pki/tls/certs/ca-bundle.crt",
                                                    "/etc/ssl/ca-bundle.pem"};
    for (const char* const bundle : bundles)
        if (::access(bundle, R_OK) == 0) return bundle;
    return {};
}

}  // namespace relaypermit

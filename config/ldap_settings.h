// What an alias table in a directory has beside what all tables have. A value; any thread.
#pragma once

#include <string>
#include <vector>

#include "config/placeholders.h"
#include "config/table_url.h"

namespace relaypermit {

struct LdapSettings {
    ServerSettings server{};
    bool start_tls{};
    std::string bind_dn{};  // empty: anonymous
    std::string base{};
    PlaceholderText filter{};
    std::vector<std::string> attributes{"mail"};
    // What the values of interest begin with, in any case; it is taken off, and others are passed
    // over. Empty: all values are.
    std::string value_prefix{};

    friend bool operator==(const LdapSettings&, const LdapSettings&) = default;
};

}  // namespace relaypermit

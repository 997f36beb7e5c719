// Below which domains strangers register theirs, by the list of publicsuffix.org: the system's, or
// the one that libpsl was built with where that is newer. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

// "com", "co.uk", "github.io"; no name that is reserved for private networks. `domain` is
// normalized.
[[nodiscard]] bool is_public_suffix(std::string_view domain);

// Whether the domain is one that somebody registered as it is: example.com, not www.example.com.
[[nodiscard]] bool is_registrable(std::string_view domain);

// The version in use, for --version.
[[nodiscard]] std::string libpsl_version();

}  // namespace relaypermit

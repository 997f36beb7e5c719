// Below which domains strangers register theirs. By rule of thumb and not by the list of
// publicsuffix.org, which grows out of date in a program. Pure; any thread.
#pragma once

#include <string_view>

namespace relaypermit {

// A top-level domain that is not reserved for private networks, or what registries of countries
// have in place of com, org and the like: "com", "co.uk". `domain` is normalized.
[[nodiscard]] bool is_public_suffix(std::string_view domain);

// Whether the domain is one that somebody registered as it is: example.com, not www.example.com.
[[nodiscard]] bool is_registrable(std::string_view domain);

}  // namespace relaypermit

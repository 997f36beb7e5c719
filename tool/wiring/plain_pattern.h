// How an address of somebody else's table stands in a policy. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// Whether it holds only letters and signs that have no other meaning to a policy, or to people who
// write one.
[[nodiscard]] bool is_plain(std::string_view text);
[[nodiscard]] bool is_plain_domain(const std::string& domain);

// A regex as it stands among patterns.
[[nodiscard]] std::string in_slashes(std::string_view regex);
// The sender pattern of one address: itself, or a regex where it would not mean itself.
[[nodiscard]] std::string as_pattern(const std::string& address);

// What is behind the last @.
[[nodiscard]] std::string domain_of(const std::string& address);
// Without its extension, as Postfix makes keys. What is no address stays as it is.
[[nodiscard]] std::string without_extension(const std::string& address,
                                            const std::string& delimiters);
// The sender patterns of an address with any extension, for a policy that itself knows of none:
// alice+*@example.com. None for those that Postfix never splits (split_addr.c), and for addresses
// that have an extension already.
[[nodiscard]] std::vector<std::string> with_extensions(const std::string& address,
                                                       const std::string& delimiters);

}  // namespace relaypermit

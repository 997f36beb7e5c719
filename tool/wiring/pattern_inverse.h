// A pattern of senders whose result names the login, turned round: the logins, and what each may
// send as. `/^(.*)@example\.com$/ $1@corp.example` is login /^(?P<g1>.*)@corp\.example$/, sender
// {g1}@example.com. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace relaypermit {

struct InversePattern {
    std::string login{};   // a pattern of [[alias]] logins
    std::string sender{};  // a template of [[alias]] senders
};

// `regex` is one of RE2 about the whole address. Only what has one answer each way is turned
// round: at most one group on each side of the @, each used once. The error is why it cannot be.
[[nodiscard]] tl::expected<InversePattern, std::string> inverse_pattern(
    std::string_view regex, std::string_view result, std::string_view default_realm);

// The characters of `text` and nothing else, for RE2.
[[nodiscard]] std::string quoted_regex(std::string_view text);

}  // namespace relaypermit

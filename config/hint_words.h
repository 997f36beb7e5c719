// How hints write what somebody is to copy into a policy. Internal to config/ and the tool. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "policy/ascii.h"
#include "policy/pattern.h"

namespace relaypermit {

// For whom a hint about a pattern is: what it says can then be taken as it is.
struct HintFor {
    PatternRole role{};
    std::string domain{"example.com"};  // one of the policy
    std::string default_realm{};        // what a login without an @ gets; may be empty
};

// What names of placeholders are made of.
[[nodiscard]] constexpr bool is_word_character(char c) {
    return is_ascii_alphanumeric(c) || c == '_';
}

// In backticks, and never cut as in_backticks() cuts what is only quoted.
[[nodiscard]] std::string verbatim(std::string_view text);
// "did you mean `*@example.com`?"
[[nodiscard]] std::string did_you_mean_this(std::string_view text);

// `text` as a TOML string with its quotes: '...' where a backslash or a double quote is in it.
[[nodiscard]] std::string in_toml_quotes(std::string_view text);

// A regex, slashes included, that matches this text alone. It stands in either of TOML's quotes
// where the text itself has no backslash and no `^`: dots are [.].
[[nodiscard]] std::string exact_regex(std::string_view text);

// The pattern that means this login or address alone, whatever characters it has: a regex, or for
// a local part that needs quotes '"a b"@example.com' with those of TOML. Empty where there can be
// no such login or address.
[[nodiscard]] std::string exact_pattern(std::string_view text, const HintFor& place);

}  // namespace relaypermit

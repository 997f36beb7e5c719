// What stands in a display name for structure to somebody: the signs that mail programs take for an
// @ or a bracket besides those themselves. Used by from_field. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

// Whether each parenthesis has its partner.
[[nodiscard]] bool is_balanced(std::string_view text);

// Whether text is an @ to somebody: some programs take the wide and the small one for the plain one
// (c-client, when it decodes before it parses).
[[nodiscard]] bool has_at(std::string_view text);

// The same for angle brackets.
[[nodiscard]] bool has_bracket(std::string_view text);

// Whether text holds `at` as a word, which is an @ to c-client (RFC 733).
[[nodiscard]] bool has_word_at(std::string_view text);

// What a sign (NUL: the end) is that stands in a list of addresses where it may not, as a sentence
// part for people.
[[nodiscard]] std::string unexpected_in_words(char sign);

}  // namespace relaypermit

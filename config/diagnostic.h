// A mistake or a doubt in a policy file, in the words the admin reads. A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/place.h"

namespace relaypermit {

enum class Severity : std::uint8_t { error, warning };

// Rendered as
//   policy.toml:12:9: error: unknown key `lgoins` in [[alias]] (did you mean `logins`?)
// `text` is lower case without a final period, what the user wrote in backticks; `help` is the
// text in parentheses, empty where there is nothing to say.
struct Diagnostic {
    Severity severity{};
    Place place{};
    std::string text{};
    std::string help{};

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

// What the user wrote, as a diagnostic quotes it: in backticks, cut where it is long, and
// "an empty string" where it is that.
[[nodiscard]] std::string in_backticks(std::string_view written);
// Text in one line: control characters become \xNN. For words that quote a file or a library.
[[nodiscard]] std::string in_one_line(std::string_view text);

// Source order: by file in the order in which the files were read, then line, then column.
void sort_by_place(std::vector<Diagnostic>& diagnostics, const std::vector<std::string>& files);

// The candidate closest to `word` by edit distance, near enough to be a typing mistake; else "".
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

}  // namespace relaypermit

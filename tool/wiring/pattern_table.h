// Tables of patterns, regexp_table(5) and pcre_table(5), as RE2 sees them: what a pattern means
// there that it does not mean here is said, never guessed. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/wiring/file_line.h"

namespace relaypermit {

enum class PatternSyntax : std::uint8_t { regexp, pcre };

// One pattern with what it is asked under: `if` and its like around it.
struct TablePattern {
    std::string regex{};    // for RE2, of the whole address: "^.*@example\\.com$"
    std::string inside{};   // the same without what makes it the whole address, as written
    bool negated{};         // `!`
    std::string refusal{};  // why RE2 cannot do it; `regex` is then empty
    // An RE2 that matches at least what the pattern matches; empty where none is known. The same
    // as `regex` where that is exact.
    std::string wider{};
};

struct PatternLine {
    TablePattern pattern{};
    std::vector<TablePattern> conditions{};  // the `if`s that it stands in, outermost first
    std::string result{};                    // with its $1
    std::string written{};
    FileLine origin{};
};

struct PatternLines {
    std::vector<PatternLine> lines{};
    std::vector<NotImported> mistakes{};  // what Postfix itself passes over with a warning
};

[[nodiscard]] PatternLines read_pattern_table(std::string_view text, const std::string& file,
                                              PatternSyntax syntax);

// The result with its groups filled in: $1, ${1}, $(1), $$. nullopt where it names a group that
// the pattern does not have.
[[nodiscard]] std::optional<std::string> fill_result(std::string_view result,
                                                     const std::vector<std::string>& groups);
[[nodiscard]] bool has_groups(std::string_view result);

}  // namespace relaypermit

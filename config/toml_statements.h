// A coarse look at TOML text before and beside toml++: where its statements begin and end, so that
// reading can go on behind a mistake, and how deep its keys nest. Works on any text; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// A table header or a key with its value, comment and line break included. Bytes of the text.
struct TomlStatement {
    std::size_t begin{};  // behind the white space at the start of its line
    std::size_t end{};
    bool header{};
    std::string_view name{};  // what stands before `=`; of a header all of it, brackets included
};

// A list or table that is not closed ends before the next line that looks like a statement.
[[nodiscard]] std::vector<TomlStatement> statements_of(std::string_view text);

// The statements of the table with that name and of the tables in it, headers included, and of
// those before the first header that begin with the name: enough of a large text to learn a setting
// from.
[[nodiscard]] std::string statements_about(std::string_view text, std::string_view table);

// toml++ makes a table of each part of a dotted key, and takes them down by recursion.
inline constexpr std::size_t max_key_parts = 16;
// The first key with more parts: its offset.
[[nodiscard]] std::optional<std::size_t> find_deep_key(std::string_view text);

}  // namespace relaypermit

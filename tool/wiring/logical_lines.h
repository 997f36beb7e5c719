// Lines as Postfix reads them (its readllines(3)): comments and empty lines left out, a line that
// begins with blanks goes on from the one before. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

struct LogicalLine {
    std::string text{};    // without blanks at its end
    std::size_t number{};  // of its first line, from 1
};

[[nodiscard]] std::vector<LogicalLine> logical_lines(std::string_view text);

// Apart at commas and blanks, those in {} left alone, as lists in main.cf are.
[[nodiscard]] std::vector<std::string> list_items(std::string_view text);
[[nodiscard]] std::string_view without_blanks(std::string_view text);

}  // namespace relaypermit

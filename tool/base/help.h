// What --help prints of a subcommand: usage, arguments and options in columns, a paragraph, and
// examples that can be copied. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/base/terminal.h"

namespace relaypermit {

struct Help {
    struct Row {
        std::string names{};  // "-c, --config", or "ADDRESS" of an argument
        std::string meta{};   // "FILE"; empty for a flag
        std::string text{};
    };
    std::string command{};
    std::string summary{};
    std::vector<Row> arguments{};
    std::vector<Row> options{};
    std::vector<std::string> examples{};
    std::string epilogue{};  // paragraphs, a line each
};

[[nodiscard]] std::string to_text(const Help& help, const Terminal& terminal);

// The width that text for reading is wrapped to: a wide terminal is not filled, and what is piped
// into a pager or a file gets the 80 columns of manual pages.
[[nodiscard]] std::size_t reading_width(const Terminal& terminal);

}  // namespace relaypermit

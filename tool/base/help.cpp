#include "tool/base/help.h"

#include <algorithm>

namespace relaypermit {
namespace {

constexpr std::size_t indent = 2;
// Names longer than this stand on a line of their own.
constexpr std::size_t most_name_columns = 20;

std::string name_of(const Help::Row& row) {
    return row.meta.empty() ? row.names : row.names + " " + row.meta;
}

std::string rows_as_text(const std::vector<Help::Row>& rows, std::size_t name_columns,
                         std::size_t width) {
    const std::size_t text_column = indent + name_columns + 2;
    std::string text;
    for (const Help::Row& row : rows) {
        const std::string name = name_of(row);
        text += std::string(indent, ' ');
        if (columns(name) > name_columns)
            text += name + "\n" + std::string(text_column, ' ');
        else
            text += padded(name, name_columns) + "  ";
        text += wrapped(row.text, width, text_column) + "\n";
    }
    return text;
}

}  // namespace

std::size_t reading_width(const Terminal& terminal) {
    constexpr std::size_t of_a_manual = 80;
    constexpr std::size_t most = 100;
    return terminal.width == unlimited_width ? of_a_manual : std::min(terminal.width, most);
}

std::string to_text(const Help& help, const Terminal& terminal) {
    const std::size_t width = reading_width(terminal);
    std::size_t name_columns = 0;
    for (const auto* rows : {&help.arguments, &help.options})
        for (const Help::Row& row : *rows)
            if (const std::size_t wide = columns(name_of(row)); wide <= most_name_columns)
                name_columns = std::max(name_columns, wide);

    const std::string title = "relaypermit " + help.command + ": ";
    std::string text = wrapped(title + help.summary, width, 0) + "\n\n";
    std::string usage = "usage: relaypermit " + help.command + " [OPTION ...]";
    for (const Help::Row& argument : help.arguments) usage += " [" + argument.names + "]";
    text += wrapped(usage, width, 0) + "\n\n";
    if (!help.arguments.empty()) text += rows_as_text(help.arguments, name_columns, width) + "\n";
    text += rows_as_text(help.options, name_columns, width);
    if (!help.epilogue.empty()) text += "\n";
    for (std::string_view rest = help.epilogue; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        text += wrapped(rest.substr(0, end), width, 0) + "\n";
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    if (!help.examples.empty())
        text += "\n" +
                terminal.paint(Style::bold, help.examples.size() == 1 ? "example:" : "examples:") +
                "\n";
    // Never wrapped: they are to be copied.
    for (const std::string& example : help.examples)
        text += std::string(indent, ' ') + example + "\n";
    return text;
}

}  // namespace relaypermit

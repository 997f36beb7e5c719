#include "tool/base/diagnostic_formats.h"

#include <algorithm>

#include "record/json_writer.h"
#include "tool/base/source_excerpt.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

std::string_view word_of(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

std::string message_of(const Diagnostic& diagnostic) {
    std::string message = visible(diagnostic.text);
    if (!diagnostic.help.empty()) message += " (" + visible(diagnostic.help) + ")";
    return message;
}

std::string file_of(const Diagnostic& diagnostic, std::string_view policy) {
    const std::string_view file = diagnostic.place.file();
    return std::string(file.empty() ? policy : file);
}

// https://docs.github.com/actions/reference/workflow-commands; the escapes are those of
// actions/toolkit, packages/core/src/command.ts.
std::string escaped(std::string_view text, bool property) {
    std::string out;
    for (const char c : text)
        if (c == '%')
            out += "%25";
        else if (c == '\r')
            out += "%0D";
        else if (c == '\n')
            out += "%0A";
        else if (property && c == ':')
            out += "%3A";
        else if (property && c == ',')
            out += "%2C";
        else
            out += c;
    return out;
}

}  // namespace

std::string in_short(const Diagnostic& diagnostic, std::string_view policy) {
    const std::uint32_t line = std::max(1U, diagnostic.place.line);
    const std::uint32_t column = std::max(1U, diagnostic.place.column);
    return visible(file_of(diagnostic, policy)) + ":" + std::to_string(line) + ":" +
           std::to_string(column) + ": " + std::string(word_of(diagnostic.severity)) + ": " +
           message_of(diagnostic);
}

std::string for_github(const Diagnostic& diagnostic, std::string_view policy) {
    std::string command = "::" + std::string(word_of(diagnostic.severity)) +
                          " file=" + escaped(visible(file_of(diagnostic, policy)), true);
    if (diagnostic.place.line > 0)
        command += ",line=" + std::to_string(diagnostic.place.line) +
                   ",col=" + std::to_string(std::max(1U, diagnostic.place.column));
    return command + "::" + escaped(message_of(diagnostic), false);
}

std::string in_json(const std::vector<Diagnostic>& diagnostics,
                    const std::vector<SourceText>& sources, std::string_view policy) {
    JsonWriter json{2};
    json.open_array();
    for (const Diagnostic& diagnostic : diagnostics) {
        const auto excerpt = excerpt_at(sources, diagnostic.place);
        const auto number = [&](std::string_view key, std::uint32_t value) {
            json.key(key);
            value == 0 ? json.null() : json.value(value);
        };
        json.open_object().key("file").value(file_of(diagnostic, policy));
        number("line", diagnostic.place.line);
        number("column", diagnostic.place.column);
        number("end_column", excerpt ? excerpt->end_column : 0);
        json.key("severity").value(word_of(diagnostic.severity));
        json.key("message").value(diagnostic.text).key("hint");
        diagnostic.help.empty() ? json.null() : json.value(diagnostic.help);
        json.close_object();
    }
    return json.close_array().take();
}

}  // namespace relaypermit

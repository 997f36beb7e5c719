#include "tool/guide/rich_text.h"

#include <algorithm>

namespace relaypermit {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// The name of the placeholder that begins here; empty: there is none.
std::string_view placeholder_at(std::string_view text) {
    const std::size_t end = text.find('}');
    if (!text.starts_with('{') || end == std::string_view::npos) return {};
    const std::string_view name = text.substr(1, end - 1);
    return is_name(name) ? name : std::string_view();
}

void add_text(std::vector<TextRun>& runs, TextRun::Style style, char c) {
    if (runs.empty() || runs.back().placeholder || runs.back().style != style)
        runs.push_back({style, false, {}});
    runs.back().text += c;
}

}  // namespace

tl::expected<std::vector<TextRun>, RichTextFault> parse_rich_text(std::string_view text) {
    std::vector<TextRun> runs;
    TextRun::Style style = TextRun::Style::plain;
    std::size_t opened = 0;
    for (std::size_t at = 0; at < text.size();) {
        const bool stars = text.substr(at).starts_with("**") && style != TextRun::Style::code;
        if (stars || (text[at] == '`' && style != TextRun::Style::screen)) {
            const bool opens = style == TextRun::Style::plain;
            if (opens) opened = at;
            style = !opens  ? TextRun::Style::plain
                    : stars ? TextRun::Style::screen
                            : TextRun::Style::code;
            at += stars ? 2 : 1;
        } else if (const std::string_view name = placeholder_at(text.substr(at)); !name.empty()) {
            runs.push_back({style, true, std::string(name)});
            at += name.size() + 2;
        } else if (style != TextRun::Style::code && (text[at] == '{' || text[at] == '}')) {
            return tl::unexpected(RichTextFault{at, "a brace that belongs to no placeholder"});
        } else {
            add_text(runs, style, text[at++]);
        }
    }
    if (style != TextRun::Style::plain)
        return tl::unexpected(RichTextFault{opened, style == TextRun::Style::code
                                                        ? "a backtick without its second"
                                                        : "** without its second"});
    return runs;
}

std::vector<TextRun> parse_code(std::string_view code) {
    std::vector<TextRun> runs;
    for (std::size_t at = 0; at < code.size();) {
        if (const std::string_view name = placeholder_at(code.substr(at)); !name.empty()) {
            runs.push_back({TextRun::Style::code, true, std::string(name)});
            at += name.size() + 2;
        } else {
            add_text(runs, TextRun::Style::code, code[at++]);
        }
    }
    return runs;
}

}  // namespace relaypermit

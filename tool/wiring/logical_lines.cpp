#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

}  // namespace

std::string_view without_blanks(std::string_view text) {
    const std::size_t start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

std::vector<LogicalLine> logical_lines(std::string_view text) {
    std::vector<LogicalLine> lines;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        const std::string_view bare = without_blanks(line);
        if (bare.empty() || bare.front() == '#') continue;
        if (blanks.find(line.front()) == std::string_view::npos)
            lines.push_back(
                {std::string(line.substr(0, line.find_last_not_of(blanks) + 1)), number});
        else if (!lines.empty())
            lines.back().text += " " + std::string(bare);
    }
    return lines;
}

std::vector<std::string> list_items(std::string_view text) {
    constexpr std::string_view separators = ", \t\r\n";
    std::vector<std::string> items;
    std::string item;
    int depth = 0;
    for (const char c : text) {
        if (depth == 0 && separators.find(c) != std::string_view::npos) {
            if (!item.empty()) items.push_back(std::move(item));
            item.clear();
            continue;
        }
        if (c == '{') ++depth;
        if (c == '}' && depth > 0) --depth;
        item += c;
    }
    if (!item.empty()) items.push_back(std::move(item));
    return items;
}

}  // namespace relaypermit

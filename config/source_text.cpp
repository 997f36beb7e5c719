#include "config/source_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "policy/utf8.h"

namespace relaypermit {
namespace {

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::size_t encoded_length(unsigned long code_point) {
    if (code_point < 0x80) return 1;
    if (code_point < 0x800) return 2;
    return code_point < 0x10000 ? 3 : 4;
}

// One step of a walk through a TOML string: how many bytes it is written in, how many it means.
struct Step {
    std::size_t written{};
    std::size_t decoded{};
};

Step escape_step(std::string_view text, std::size_t at, bool multi_line) {
    if (at + 1 >= text.size()) return {1, 0};
    const char kind = text[at + 1];
    if (kind == 'u' || kind == 'U') {
        const std::size_t digits = kind == 'u' ? 4 : 8;
        const std::string hex(text.substr(at + 2, digits));
        return {2 + hex.size(), encoded_length(std::strtoul(hex.c_str(), nullptr, 16))};
    }
    if (multi_line && (kind == '\n' || kind == '\r' || kind == ' ' || kind == '\t')) {
        // A backslash at the end of a line joins it with the next one, white space dropped.
        const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
        return {(next == std::string_view::npos ? text.size() : next) - at, 0};
    }
    return {2, 1};
}

}  // namespace

SourceText::SourceText(std::string_view name, std::string text)
    : name_(name), text_(std::move(text)) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
}

std::optional<TextFault> SourceText::unusable_byte() const {
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF"))
        return TextFault{1, 1, "the file is UTF-16", "save it as UTF-8"};
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    for (std::size_t i = 0; i < text_.size();) {
        if (text_[i] >= ' ' && text_[i] <= '~') {  // nearly all
            ++column;
            ++i;
            continue;
        }
        const CodePoint point = first_code_point(std::string_view(text_).substr(i, 4));
        if (point.bytes == 0) {
            std::array<char, 40> why{};
            std::snprintf(why.data(), why.size(), "byte 0x%02X is not valid UTF-8",
                          static_cast<unsigned>(static_cast<unsigned char>(text_[i])));
            return TextFault{line, column, why.data(), "save the file as UTF-8"};
        }
        if (point.value == 0) return TextFault{line, column, "a NUL byte", {}};
        ++column;
        if (point.value == '\n') {
            ++line;
            column = 1;
        }
        i += point.bytes;
    }
    return std::nullopt;
}

const std::vector<std::size_t>& SourceText::line_starts() const {
    if (line_starts_.empty()) {
        line_starts_.push_back(0);
        for (std::size_t i = 0; i < text_.size(); ++i)
            if (text_[i] == '\n') line_starts_.push_back(i + 1);
    }
    return line_starts_;
}

std::size_t SourceText::offset_of(std::uint32_t line, std::uint32_t column) const {
    const auto& starts = line_starts();
    if (line == 0 || line > starts.size()) return text_.size();
    std::size_t offset = starts[line - 1];
    for (std::uint32_t i = 1; i < column && offset < text_.size() && text_[offset] != '\n'; ++i) {
        ++offset;
        while (offset < text_.size() && is_continuation(text_[offset])) ++offset;
    }
    return offset;
}

Place SourceText::place_at(std::size_t offset) const {
    const auto& starts = line_starts();
    offset = std::min(offset, text_.size());
    const auto after = std::upper_bound(starts.begin(), starts.end(), offset);
    const std::size_t start = *(after - 1);
    std::uint32_t column = 1;
    for (std::size_t i = start; i < offset; ++i)
        if (!is_continuation(text_[i])) ++column;
    if (offset < text_.size() && is_continuation(text_[offset]) && column > 1) --column;
    return Place{name_, static_cast<std::uint32_t>(after - starts.begin()), column};
}

Place SourceText::place_in_string(const Position& string, std::size_t decoded_offset) const {
    const std::string_view text = text_;
    std::size_t at = offset_of(string.line, string.column);
    if (at >= text.size() || (text[at] != '"' && text[at] != '\''))
        return Place{name_, string.line, string.column};
    const char quote = text[at];
    const bool multi_line = text.substr(at, 3) == std::string(3, quote);
    at += multi_line ? 3 : 1;
    if (multi_line) {
        // A line break right behind the opening quotes is no part of the value.
        if (text.substr(at, 2) == "\r\n")
            at += 2;
        else if (text.substr(at, 1) == "\n")
            at += 1;
    }
    std::size_t decoded = 0;
    while (at < text.size() && decoded <= decoded_offset) {
        if (!multi_line && (text[at] == quote || text[at] == '\n')) break;
        if (multi_line && text.substr(at, 3) == std::string(3, quote)) break;
        const Step step =
            text[at] == '\\' && quote == '"' ? escape_step(text, at, multi_line) : Step{1, 1};
        if (decoded + step.decoded > decoded_offset) break;
        at += step.written;
        decoded += step.decoded;
    }
    return place_at(at);
}

}  // namespace relaypermit

#include "policy/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::string_view invalid = "invalid UTF-8";
constexpr std::string_view control = "a control character";

struct Sequence {
    std::size_t length{};   // 0: not a lead byte
    std::uint32_t least{};  // smaller code points are overlong in this length
};

Sequence sequence_of(std::uint32_t lead) {
    if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80};
    if (lead >= 0xE0 && lead <= 0xEF) return {3, 0x800};
    if (lead >= 0xF0 && lead <= 0xF4) return {4, 0x10000};
    return {};
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
    if (text.empty()) return {};
    const std::uint32_t lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {1, lead};
    const Sequence sequence = sequence_of(lead);
    if (sequence.length == 0 || sequence.length > text.size()) return {};
    std::uint32_t code = lead & (0xFFU >> (sequence.length + 1));
    for (std::size_t i = 1; i < sequence.length; ++i) {
        const std::uint32_t byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte & 0x3F);
    }
    if (code < sequence.least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {sequence.length, code};
}

std::string_view text_fault(std::string_view text) {
    while (!text.empty()) {
        // Printable ASCII, which nearly everything is.
        if (text.front() >= ' ' && text.front() <= '~') {
            text.remove_prefix(1);
            continue;
        }
        const CodePoint point = first_code_point(text);
        if (point.bytes == 0) return invalid;
        if (point.value == 0) return "NUL";
        const bool is_control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0) ||
                                point.value == 0x2028 || point.value == 0x2029;
        if (is_control) return control;
        text.remove_prefix(point.bytes);
    }
    return {};
}

bool is_invisible(std::uint32_t code_point) {
    if (code_point <= 0x7F) return false;
    const utf8proc_property_t* property =
        utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point));
    if (property->ignorable) return true;
    switch (property->category) {
        case UTF8PROC_CATEGORY_ZS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            return true;
        default:
            break;
    }
    // The blank of Braille, annotations, and what Unicode sets aside for more of the kind.
    static constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 4> more = {
        {{0x2065, 0x2065}, {0x2800, 0x2800}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF}}};
    return std::any_of(more.begin(), more.end(), [code_point](const auto& range) {
        return code_point >= range.first && code_point <= range.second;
    });
}

bool has_invisible(std::string_view text) {
    if (is_ascii(text)) return false;
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (point.bytes == 0) return false;
        if (is_invisible(point.value)) return true;
        text.remove_prefix(point.bytes);
    }
    return false;
}

std::string libutf8proc_version() {
    return ::utf8proc_version();
}

}  // namespace relaypermit

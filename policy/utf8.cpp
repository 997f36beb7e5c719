#include "policy/utf8.h"

#include <cstddef>
#include <cstdint>

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

std::string_view text_fault(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t lead = static_cast<unsigned char>(text[at]);
        if (lead == 0) return "NUL";
        if (lead < 0x20 || lead == 0x7F) return control;
        if (lead < 0x80) {
            ++at;
            continue;
        }
        const Sequence sequence = sequence_of(lead);
        if (sequence.length == 0 || sequence.length > text.size() - at) return invalid;
        std::uint32_t code = lead & (0xFFU >> (sequence.length + 1));
        for (std::size_t i = 1; i < sequence.length; ++i) {
            const std::uint32_t byte = static_cast<unsigned char>(text[at + i]);
            if ((byte & 0xC0) != 0x80) return invalid;
            code = (code << 6) | (byte & 0x3F);
        }
        if (code < sequence.least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return invalid;
        }
        if (code < 0xA0 || code == 0x2028 || code == 0x2029) return control;
        at += sequence.length;
    }
    return {};
}

}  // namespace relaypermit

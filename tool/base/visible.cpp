#include "tool/base/visible.h"

#include <cstdint>

#include "policy/utf8.h"

namespace relaypermit {
namespace {

void escape(std::string& out, std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += digits[byte >> 4U];
        out += digits[byte & 0x0FU];
    }
}

}  // namespace

std::string visible(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto [length, c] = first_code_point(text);
        const std::string_view bytes = text.substr(0, length == 0 ? 1 : length);
        // C0, DEL and C1 controls.
        if (length == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0) || is_invisible(c))
            escape(out, bytes);
        else
            out += bytes;
        text.remove_prefix(bytes.size());
    }
    return out;
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = first_code_point(text).bytes;
        out += length == 0 ? std::string_view{"\xEF\xBF\xBD"} : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& each : texts) text += (text.empty() ? "" : ", ") + each;
    return text;
}

}  // namespace relaypermit

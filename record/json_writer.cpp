#include "record/json_writer.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "policy/utf8.h"

namespace relaypermit {

namespace {

void append_unit(std::string& out, std::uint32_t unit) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) out += digits[(unit >> shift) & 0x0FU];
}

// RFC 8259 7: beyond U+FFFF as a pair of surrogates.
void append_escaped(std::string& out, std::uint32_t code_point) {
    if (code_point < 0x10000) {
        append_unit(out, code_point);
        return;
    }
    append_unit(out, 0xD800U + ((code_point - 0x10000U) >> 10U));
    append_unit(out, 0xDC00U + ((code_point - 0x10000U) & 0x3FFU));
}

// C0, DEL and C1 controls move a cursor; line separators and what is_invisible() change what is
// read.
bool is_to_be_escaped(std::uint32_t c, JsonText characters) {
    return c < 0x20 || (characters == JsonText::ascii && c >= 0x80) || (c >= 0x7F && c < 0xA0) ||
           c == 0x2028 || c == 0x2029 || is_invisible(c);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, JsonText characters) {
    out += '"';
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        const auto [length, code_point] = byte < 0x80 ? CodePoint{1, byte} : first_code_point(text);
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[0];
        } else if (length == 0) {
            out += characters == JsonText::ascii ? "\\ufffd" : "\xEF\xBF\xBD";
        } else if (is_to_be_escaped(code_point, characters)) {
            append_escaped(out, code_point);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(text_, name, characters_);
    text_ += indent_ > 0 ? ": " : ":";
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append_json_string(text_, text, characters_);
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) return null();
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return raw(std::string_view{digits, static_cast<std::size_t>(end - digits)});
}

JsonWriter& JsonWriter::values(const std::vector<std::string>& texts) {
    open_array();
    for (const std::string& text : texts) value(text);
    return close_array();
}

std::string JsonWriter::take() {
    depth_ = 0;
    first_ = true;
    after_key_ = false;
    return std::exchange(text_, {});
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    ++depth_;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    --depth_;
    if (!first_) new_line();
    text_ += bracket;
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view text) {
    separate();
    text_ += text;
    return *this;
}

void JsonWriter::separate() {
    if (std::exchange(after_key_, false)) return;
    if (!first_) text_ += ',';
    if (depth_ > 0) new_line();
    first_ = false;
}

void JsonWriter::new_line() {
    if (indent_ > 0) {
        text_ += '\n';
        text_.append(std::size_t{indent_} * depth_, ' ');
    }
}

}  // namespace relaypermit

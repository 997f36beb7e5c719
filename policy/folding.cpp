#include "policy/folding.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>

#include "policy/address.h"
#include "policy/folding_letters.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

struct Free {
    void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

std::string without_case_and_marks(std::string_view text) {
    utf8proc_uint8_t* raw = nullptr;
    const auto length = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()), &raw,
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                       UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK));
    const std::unique_ptr<utf8proc_uint8_t, Free> owner(raw);
    if (length < 0) return std::string(text);
    return {reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length)};
}

template <typename Row>
const Row* row_of(std::span<const Row> rows, std::uint32_t code) {
    const auto row =
        std::lower_bound(rows.begin(), rows.end(), code,
                         [](const Row& one, std::uint32_t value) { return one.last < value; });
    return row != rows.end() && row->first <= code ? &*row : nullptr;
}

utf8proc_category_t category_of(std::uint32_t code) {
    return utf8proc_category(static_cast<utf8proc_int32_t>(code));
}

// Unicode keeps the ten digits of a script together and in order.
char decimal_digit(std::uint32_t code) {
    std::uint32_t zero = code;
    while (category_of(zero - 1) == UTF8PROC_CATEGORY_ND) --zero;
    return static_cast<char>('0' + (code - zero) % 10);
}

// What a character beyond ASCII, decomposed and without case, stands for; it itself for many.
std::string plain(std::uint32_t code, std::string_view character) {
    if (const FoldedLetters* row = row_of(folded_letters(), code)) return row->plain;
    if (const FoldedNumerals* row = row_of(folded_numerals(), code))
        return {static_cast<char>(row->digit + static_cast<char>(code - row->first))};
    if (category_of(code) == UTF8PROC_CATEGORY_ND) return {decimal_digit(code)};
    // Of a code point that is not assigned Active Directory knows nothing, and passes over it.
    if (category_of(code) == UTF8PROC_CATEGORY_CN || row_of(folded_to_nothing(), code) != nullptr)
        return {};
    return std::string(character);
}

// What utf8mb4_general_ci sees in everything that has no two bytes in UTF-16. Any letter would do
// that no folding changes.
constexpr std::string_view one_for_all = "\uE000";

std::string without_planes(std::uint32_t code, std::string_view character) {
    return std::string(code > 0xFFFF || code == 0xFFFD ? one_for_all : character);
}

std::string by_letters(std::uint32_t code, std::string_view character) {
    if (const FoldedLetters* row = row_of(letters_folded_otherwise(), code)) return row->plain;
    return without_planes(code, character);
}

template <typename Of>
std::string each(std::string_view text, Of of) {
    std::string out;
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        const std::size_t bytes = std::max<std::size_t>(point.bytes, 1);
        const std::string_view character = text.substr(0, bytes);
        out += point.value < 0x80 ? std::string(character) : of(point.value, character);
        text.remove_prefix(bytes);
    }
    return out;
}

std::string without_idle_blanks(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

}  // namespace

std::string folded(std::string_view text, Folding folding) {
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return without_idle_blanks(ascii_lower(text));
    if (folding == Folding::by_marks)
        return without_idle_blanks(each(without_case_and_marks(text), plain));
    // Some ideographs are decomposed into one beyond the BMP.
    const std::string letters = each(without_case_and_marks(each(text, by_letters)), plain);
    return without_idle_blanks(each(letters, without_planes));
}

}  // namespace relaypermit

#include "policy/folding.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "policy/address.h"

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

// Lower case alone: what comes here has none left.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> letters = {{
    {"\u00E6", "ae"},
    {"\u0153", "oe"},
    {"\u00F8", "o"},
    {"\u0142", "l"},
    {"\u0111", "d"},
    {"\u00F0", "d"},
    {"\u00FE", "th"},
    {"\u0127", "h"},
    {"\u0131", "i"},
    {"\u0167", "t"},
    {"\u0138", "k"},
    {"\u014B", "n"},
    {"\u1E9F", "d"},
}};

std::string with_plain_letters(std::string text) {
    for (const auto& [letter, plain] : letters)
        for (std::size_t at = text.find(letter); at != std::string::npos;
             at = text.find(letter, at + plain.size()))
            text.replace(at, letter.size(), plain);
    return text;
}

std::string without_idle_blanks(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

}  // namespace

std::string folded(std::string_view text) {
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return without_idle_blanks(ascii_lower(text));
    return without_idle_blanks(with_plain_letters(without_case_and_marks(text)));
}

}  // namespace relaypermit

#include "policy/look_alikes.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

namespace relaypermit {

bool is_balanced(std::string_view text) {
    std::size_t depth = 0;
    for (const char c : text) {
        if (c == '(') ++depth;
        if (c == ')' && depth-- == 0) return false;
    }
    return depth == 0;
}

bool has_at(std::string_view text) {
    return text.find('@') != std::string_view::npos ||
           text.find("\uFF20") != std::string_view::npos ||
           text.find("\uFE6B") != std::string_view::npos;
}

bool has_bracket(std::string_view text) {
    static constexpr std::string_view wide[] = {"\uFF1C", "\uFF1E", "\uFE64", "\uFE65"};
    return text.find_first_of("<>") != std::string_view::npos ||
           std::any_of(std::begin(wide), std::end(wide), [text](std::string_view one) {
               return text.find(one) != std::string_view::npos;
           });
}

bool has_word_at(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower.find(" at ") != std::string::npos;
}

std::string unexpected_in_words(char sign) {
    switch (sign) {
        case '\0':
            return "the field ends in the middle of an address";
        case ' ':
        case '\t':
            return "white space in an address";
        case '@':
            return "a misplaced @";
        case '(':
        case ')':
            return "a comment in an unusual place";
        case '<':
        case '>':
            return "unbalanced angle brackets";
        case ':':
        case ';':
            return "a group, or a list with semicolons";
        case ',':
            return "a comma in an address";
        case '"':
            return "a quote in an unusual place";
        case '[':
        case ']':
        case '\\':
            return std::string("`") + sign + "` outside quotes";
        default:
            return "text behind an address";
    }
}

}  // namespace relaypermit

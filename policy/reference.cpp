#include "policy/reference.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "policy/ascii.h"

namespace relaypermit {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t reference_digits = 8;

std::string_view without_word_ref(std::string_view typed) {
    const auto first = typed.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    typed.remove_prefix(first);
    typed = typed.substr(0, typed.find_last_not_of(" \t\r\n.") + 1);
    constexpr std::string_view word = "REF ";
    const auto same = [](char a, char b) { return ascii_upper(a) == b; };
    if (typed.size() > word.size() && std::equal(word.begin(), word.end(), typed.begin(),
                                                 [&](char b, char a) { return same(a, b); })) {
        typed.remove_prefix(typed.find_first_not_of(' ', word.size()));
    }
    return typed;
}

}  // namespace

std::string format_reference(std::uint64_t bits) {
    std::string reference(reference_digits, '0');
    for (std::size_t i = reference_digits; i-- > 0; bits >>= 5) reference[i] = alphabet[bits & 31];
    return reference;
}

std::string normalize_reference(std::string_view typed) {
    std::string reference;
    for (const char each : without_word_ref(typed)) {
        char c = ascii_upper(each);
        if (c == '-') continue;
        if (c == 'O') c = '0';
        if (c == 'I' || c == 'L') c = '1';
        if (alphabet.find(c) == std::string_view::npos) return {};
        reference += c;
    }
    return reference.size() == reference_digits ? reference : std::string();
}

}  // namespace relaypermit

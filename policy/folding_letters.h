// Tables for folding.h, each in ascending order of code points. Constants; any thread.
#pragma once

#include <span>

namespace relaypermit {

struct FoldedRange {
    char32_t first{};
    char32_t last{};
};
struct FoldedLetters {
    char32_t first{};
    char32_t last{};
    const char* plain{};  // UTF-8, of each of them
};
struct FoldedNumerals {
    char32_t first{};
    char32_t last{};
    char digit{};  // of the first; each has one more than the one before
};

// Of characters that are in lower case and decomposed already.
[[nodiscard]] std::span<const FoldedLetters> folded_letters();
[[nodiscard]] std::span<const FoldedNumerals> folded_numerals();
[[nodiscard]] std::span<const FoldedRange> folded_to_nothing();
// Where directories disagree: what some take a character for before it is decomposed.
[[nodiscard]] std::span<const FoldedLetters> letters_folded_otherwise();

}  // namespace relaypermit

#include "policy/shown_name.h"

#include <algorithm>
#include <string>

#include "policy/domain.h"
#include "policy/encoded_word.h"
#include "policy/look_alikes.h"

namespace relaypermit {
namespace {

std::string with_spaces(std::string_view text) {
    std::string result(text);
    std::replace(result.begin(), result.end(), '\t', ' ');
    return result;
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

}  // namespace

bool shows(std::string_view text, const Address& address) {
    const auto strip = [&text](char c) {
        if (text.size() >= 2 && text.front() == c && text.back() == c)
            text = text.substr(1, text.size() - 2);
    };
    text = without_blanks(text);
    strip('"');
    strip('\'');
    const auto shown = parse_address(text);
    return shown && same_address(*shown, address) &&
           is_mapped_form(text.substr(text.rfind('@') + 1), shown->domain);
}

tl::expected<bool, FromFault> judge_encoded_words(std::string_view shown, const Address& address) {
    const std::string line = with_spaces(shown);
    const auto runs = decode_encoded_words(line);
    if (!runs) return tl::unexpected(FromFault{runs.error(), Reason::letters_in_name});
    std::string shown_plain;
    for (const std::string& run : *runs) shown_plain += run + ' ';
    // Whatever is glued to an encoded word belongs to the address for some.
    const std::string_view all = without_blanks(line);
    const bool whole = runs->size() == 1 && all.starts_with("=?") && all.ends_with("?=");
    bool has_quote = false;
    const bool word_at = has_word_at(shown_plain);
    for (const std::string& run : *runs) {
        if (has_bracket(run)) {
            return tl::unexpected(
                FromFault{"an encoded word that hides an angle bracket", Reason::none});
        }
        if (has_at(run) && !(whole && shows(run, address))) {
            return tl::unexpected(
                FromFault{"an encoded word that hides an address", Reason::at_in_name});
        }
        // Some programs decode, and decode once more when they parse.
        if (run.find("=?") != std::string::npos) {
            return tl::unexpected(
                FromFault{"an encoded word that hides an encoded word", Reason::letters_in_name});
        }
        if (word_at && run.find_first_of("[](),:;") != std::string::npos) {
            return tl::unexpected(
                FromFault{"an encoded word with ` at ` beside a sign of addresses", Reason::none});
        }
        has_quote = has_quote || run.find_first_of("\"\\") != std::string::npos;
    }
    return has_quote;
}

std::optional<FromFault> fault_of_comment(std::string_view comment) {
    if (comment.find("=?") == std::string_view::npos) return std::nullopt;
    const auto runs = decode_encoded_words(with_spaces(comment));
    if (!runs) return FromFault{runs.error(), Reason::letters_in_name};
    for (const std::string& run : *runs)
        if (!is_balanced(run) || run.find_first_of("\"\\") != std::string::npos)
            return FromFault{"an encoded word that hides the end of a comment", Reason::none};
    return std::nullopt;
}

namespace {

// Whether `?=` behind this text would end an encoded word: its charset, its encoding and what they
// encode are there, and no more question marks. (=?utf-8?Q?=C3=89mile has a `?=` that is no end.)
bool ends_in_open_word(std::string_view text) {
    const std::size_t begin = text.rfind("=?");
    if (begin == std::string_view::npos) return false;
    const std::string_view word = text.substr(begin + 2);
    return std::count(word.begin(), word.end(), '?') == 2;
}

}  // namespace

bool has_folded_equals_sign(std::string_view line) {
    for (std::size_t at = line.find("=\t"); at != std::string_view::npos;
         at = line.find("=\t", at + 1)) {
        if (at == 0 || line[at - 1] != '?' || !ends_in_open_word(line.substr(0, at - 1)))
            return true;
    }
    return false;
}

}  // namespace relaypermit

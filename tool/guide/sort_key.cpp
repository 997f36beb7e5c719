#include "tool/guide/sort_key.h"

#include <array>
#include <cstddef>
#include <utility>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

// The letters of Latin-1 and Latin Extended-A that are one of these with something to it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> accented = {{
    {"a", "ÀÁÂÃÄÅàáâãäåĀāĂăĄą"},
    {"ae", "Ææ"},
    {"c", "ÇçĆćĈĉĊċČč"},
    {"d", "Ďď"},
    {"e", "ÈÉÊËèéêëĒēĔĕĖėĘęĚě"},
    {"g", "ĜĝĞğĠġĢģ"},
    {"h", "Ĥĥ"},
    {"i", "ÌÍÎÏìíîïĨĩĪīĬĭĮįİ"},
    {"j", "Ĵĵ"},
    {"k", "Ķķ"},
    {"l", "ĹĺĻļĽľŁł"},
    {"n", "ÑñŃńŅņŇň"},
    {"o", "ÒÓÔÕÖØòóôõöøŌōŎŏŐő"},
    {"oe", "Œœ"},
    {"r", "ŔŕŖŗŘř"},
    {"s", "ŚśŜŝŞşŠš"},
    {"ss", "ß"},
    {"t", "ŢţŤť"},
    {"u", "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲų"},
    {"w", "Ŵŵ"},
    {"y", "ÝýÿŶŷŸ"},
    {"z", "ŹźŻżŽž"},
}};

std::string_view plain(std::string_view letter) {
    for (const auto& [base, letters] : accented)
        if (letters.find(letter) != std::string_view::npos) return base;
    return letter;
}

}  // namespace

std::string sort_key(std::string_view name) {
    std::string key;
    for (std::size_t at = 0; at < name.size();) {
        const auto byte = static_cast<unsigned char>(name[at]);
        // Each of the table is two bytes; of others each byte stands for itself.
        const bool accents = byte >= 0xc3 && byte <= 0xc5 && at + 1 < name.size();
        const std::string_view letter = name.substr(at, accents ? 2 : 1);
        key += accents ? std::string(plain(letter)) : ascii_lower(letter);
        at += letter.size();
    }
    return key;
}

}  // namespace relaypermit

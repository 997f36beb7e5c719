#include "config/diagnostic.h"

#include <algorithm>
#include <numeric>

#include "policy/address.h"

namespace relaypermit {
namespace {

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, which
// are the mistakes that fingers make.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + differs});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string in_backticks(std::string_view written) {
    constexpr std::size_t most_bytes = 80;
    if (written.empty()) return "an empty string";
    if (written.size() <= most_bytes) return "`" + std::string(written) + "`";
    std::size_t end = most_bytes;
    while (end > 0 && (static_cast<unsigned char>(written[end]) & 0xC0U) == 0x80U) --end;
    return "`" + std::string(written.substr(0, end)) + "...`";
}

std::string in_one_line(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string line;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte != 0x7F)
            line += c;
        else
            line += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    }
    return line;
}

std::string to_string(const Diagnostic& diagnostic) {
    std::string line = to_string(diagnostic.place);
    line += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
    line += diagnostic.text;
    if (!diagnostic.help.empty()) line += " (" + diagnostic.help + ")";
    return line;
}

void sort_by_place(std::vector<Diagnostic>& diagnostics, const std::vector<std::string>& files) {
    const auto file_number = [&](const Place& place) {
        return std::find(files.begin(), files.end(), place.file()) - files.begin();
    };
    std::stable_sort(diagnostics.begin(), diagnostics.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) {
                         const auto a_file = file_number(a.place);
                         const auto b_file = file_number(b.place);
                         if (a_file != b_file) return a_file < b_file;
                         if (a.place.line != b.place.line) return a.place.line < b.place.line;
                         return a.place.column < b.place.column;
                     });
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
    // Nobody mistypes a hundred letters, and the distance costs time by length.
    if (word.empty() || word.size() > 64) return {};
    const std::string lower = ascii_lower(word);
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(lower, ascii_lower(candidate));
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return std::string(best);
}

}  // namespace relaypermit

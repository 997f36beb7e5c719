#include "tool/wiring/file_line.h"

#include <algorithm>

namespace relaypermit {

std::string to_string(const FileLine& origin) {
    return origin.line == 0 ? origin.file : origin.file + ":" + std::to_string(origin.line);
}

std::string to_string(std::vector<FileLine> origins) {
    constexpr std::size_t most_ranges = 6;
    std::sort(origins.begin(), origins.end());
    origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
    std::string text;
    for (std::size_t at = 0; at < origins.size();) {
        const std::string& file = origins[at].file;
        text += (text.empty() ? "" : " and ") + file;
        std::size_t ranges = 0;
        std::size_t left_out = 0;
        while (at < origins.size() && origins[at].file == file) {
            std::size_t end = at + 1;
            while (end < origins.size() && origins[end].file == file &&
                   origins[end].line == origins[end - 1].line + 1)
                ++end;
            if (origins[at].line != 0) {
                if (ranges == most_ranges) {
                    left_out += end - at;
                } else {
                    text += (ranges++ == 0 ? ":" : ",") + std::to_string(origins[at].line);
                    if (end - at > 1) text += "-" + std::to_string(origins[end - 1].line);
                }
            }
            at = end;
        }
        if (left_out > 0) text += " and " + std::to_string(left_out) + " more lines";
    }
    return text;
}

}  // namespace relaypermit

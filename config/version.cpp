#include "config/version.h"

#include <algorithm>
#include <cstddef>

namespace relaypermit {

std::string version_text(std::string_view program, const Libraries& libraries) {
    Libraries rows{{std::string(program), std::string(program_version())},
                   {"commit", program_commit().empty() ? "none" : std::string(program_commit())}};
    rows.insert(rows.end(), libraries.begin(), libraries.end());
    std::size_t width = 0;
    for (const Library& row : rows) width = std::max(width, row.name.size());
    std::string text;
    for (const Library& row : rows)
        text += row.name + std::string(width - row.name.size() + 1, ' ') + row.version + "\n";
    return text;
}

}  // namespace relaypermit

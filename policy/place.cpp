#include "policy/place.h"

namespace relaypermit {

std::strong_ordering operator<=>(const Place& a, const Place& b) {
    const int files = a.file().compare(b.file());
    if (files != 0) return files < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
    if (a.line != b.line)
        return a.line < b.line ? std::strong_ordering::less : std::strong_ordering::greater;
    if (a.column == b.column) return std::strong_ordering::equal;
    return a.column < b.column ? std::strong_ordering::less : std::strong_ordering::greater;
}

std::string to_string(const Place& place) {
    const std::string file(place.file());
    if (place.line == 0) return file.empty() ? "built in" : file;
    return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace relaypermit

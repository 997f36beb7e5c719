#include "policy/place.h"

namespace relaypermit {

std::string to_string(const Place& place) {
    if (place.line == 0) return place.file.empty() ? "built in" : place.file;
    return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace relaypermit

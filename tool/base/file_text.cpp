#include "tool/base/file_text.h"

#include <fstream>
#include <iterator>

namespace relaypermit {

std::optional<std::string> file_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) return std::nullopt;
    return text;
}

}  // namespace relaypermit

// The data of help pages, as it was built into the tool: CMake makes data.cpp of the files of
// programs/, texts/ and pages/, so that a new file needs no list. Constant; any thread.
#pragma once

#include <span>
#include <string_view>

namespace relaypermit {

struct GuideFile {
    std::string_view name{};  // "programs/thunderbird.en.toml"
    std::string_view text{};
};

// In order of name.
[[nodiscard]] std::span<const GuideFile> guide_files();

}  // namespace relaypermit

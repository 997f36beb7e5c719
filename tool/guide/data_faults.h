// What is wrong with the data of help pages (data.h): looked for when the tool is built, so that
// none is built that lacks what a page needs. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tool/guide/data.h"

namespace relaypermit {

// A line each, "programs/x.de.toml:12: ...": mistakes in programs/ and texts/, languages without
// texts, translations whose original is missing or has another shape.
[[nodiscard]] std::vector<std::string> data_faults(std::span<const GuideFile> files);

}  // namespace relaypermit

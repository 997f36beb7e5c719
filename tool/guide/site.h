// The help pages of a policy, as the files of a folder. The same bytes for the same policy. Pure;
// any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/load.h"
#include "tool/guide/program.h"
#include "tool/guide/texts.h"

namespace relaypermit {

// By path within the folder, with slashes.
using SiteFiles = std::map<std::string, std::string>;

// The name of the file that tells a folder of ours.
inline constexpr std::string_view guide_marker = "guide.json";

// Every language's texts and programs, as they were built in. The error names what is not sound
// with them: a fault of the tool.
struct GuideData {
    std::map<std::string, GuideTexts, std::less<>> texts{};
    std::vector<GuideProgram> programs{};  // in order of id and language
};
[[nodiscard]] tl::expected<GuideData, std::string> built_in_guide();

// A program's page in a language; where there is none, in English. Null: there is no such program.
[[nodiscard]] const GuideProgram* page_of(const GuideData& data, std::string_view id,
                                          std::string_view language);

// index.html (where [server] help_url leads), a page for each program, the same of further
// languages in folders, style.css and guide.json. `loaded` has a policy.
[[nodiscard]] tl::expected<SiteFiles, std::string> guide_site(const Loaded& loaded,
                                                              const GuideData& data);

// The anchors of the first page: the causes that this policy can refuse for, and wrong-password.
[[nodiscard]] std::vector<std::string> guide_anchors(const Loaded& loaded);

}  // namespace relaypermit

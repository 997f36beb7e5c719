// What templates of help pages are filled in with: texts in runs, tables of values, the causes with
// their sentences. Internal to tool/guide. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "tool/guide/program.h"
#include "tool/guide/texts.h"
#include "tool/guide/values.h"

namespace relaypermit {

// The frame of a page in one language, by key; only keys of the original.
[[nodiscard]] nlohmann::json frame_data(const GuideTexts& texts, const PolicyValues& values);
// A rich text in its runs, each with one of text, screen, code, value and link true.
[[nodiscard]] nlohmann::json run_data(std::string_view rich_text, const PolicyValues& values);
// Those of the texts whose conditions hold.
[[nodiscard]] nlohmann::json text_data(const std::vector<GuideText>& texts,
                                       const PolicyValues& values);
// The settings that every program needs, in general words: every server that the policy names.
[[nodiscard]] nlohmann::json settings_data(const Loaded& loaded, const GuideTexts& texts,
                                           const PolicyValues& values);
// What programs say in place of the sentences, for causes that the policy can give.
[[nodiscard]] nlohmann::json elsewhere_data(const Loaded& loaded, const GuideTexts& texts,
                                            const PolicyValues& values);
[[nodiscard]] nlohmann::json program_data(const GuideProgram& program, const GuideTexts& texts,
                                          const PolicyValues& values);
// The causes that the policy can refuse for, as anchors, and what is said of each.
[[nodiscard]] nlohmann::json cause_data(const Loaded& loaded, const GuideTexts& texts,
                                        const PolicyValues& values);
[[nodiscard]] std::vector<Cause> possible_causes(const PolicySource& source);

}  // namespace relaypermit

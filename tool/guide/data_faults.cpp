#include "tool/guide/data_faults.h"

#include <map>
#include <utility>

#include "config/diagnostic.h"
#include "config/guide_settings.h"
#include "tool/guide/program_file.h"
#include "tool/guide/texts.h"

namespace relaypermit {
namespace {

void add_errors(const std::vector<Diagnostic>& errors, std::vector<std::string>& faults) {
    for (const Diagnostic& error : errors) faults.push_back(to_string(error));
}

void find_in_programs(std::span<const GuideFile> files, std::vector<std::string>& faults) {
    std::map<std::string, GuideProgram> english;
    std::vector<std::pair<std::string, GuideProgram>> all;
    for (const GuideFile& file : files) {
        if (!file.name.starts_with("programs/")) continue;
        ReadProgram read = read_program(file.name, file.text);
        add_errors(read.errors, faults);
        if (read.program.language == "en") english[read.program.id] = read.program;
        all.emplace_back(file.name, std::move(read.program));
    }
    for (const auto& [name, program] : all) {
        const auto original = english.find(program.id);
        if (original == english.end()) {
            faults.push_back(name + ": the program is not there in English");
            continue;
        }
        for (const std::string& stale : stale_parts(original->second, program))
            faults.push_back(name + ": " + stale);
    }
}

void find_in_texts(std::span<const GuideFile> files, std::vector<std::string>& faults) {
    std::map<std::string, GuideTexts> texts;
    for (const GuideFile& file : files) {
        if (!file.name.starts_with("texts/")) continue;
        ReadTexts read = read_texts(file.name, file.text);
        add_errors(read.errors, faults);
        texts[read.texts.language] = std::move(read.texts);
    }
    for (const std::string_view language : guide_languages)
        if (!texts.contains(std::string(language)))
            faults.push_back("texts/" + std::string(language) + ".toml: is missing");
    const auto english = texts.find("en");
    if (english == texts.end()) return;
    for (const auto& [language, translation] : texts)
        for (const std::string& stale : stale_parts(english->second, translation))
            faults.push_back("texts/" + language + ".toml: " + stale);
}

}  // namespace

std::vector<std::string> data_faults(std::span<const GuideFile> files) {
    std::vector<std::string> faults;
    find_in_programs(files, faults);
    find_in_texts(files, faults);
    return faults;
}

}  // namespace relaypermit

// Reads the data of one program's page (program.h says what it looks like), and holds a translation
// against its original. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "tool/guide/program.h"

namespace relaypermit {

struct ReadProgram {
    GuideProgram program{};
    std::vector<Diagnostic> errors{};  // every mistake, in source order; empty: the data is sound
};

// `name` is that of the file, "thunderbird.en.toml", with or without folders.
[[nodiscard]] ReadProgram read_program(std::string_view name, std::string_view text);

// How a translation's shape differs from its original's, a sentence each: other sections, numbers
// of items, conditions or placeholders, code that is not the same.
[[nodiscard]] std::vector<std::string> stale_parts(const GuideProgram& original,
                                                   const GuideProgram& translation);

}  // namespace relaypermit

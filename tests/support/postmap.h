// Postfix's own maps, made and asked by its postmap(1) in a scratch directory.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/scratch_directory.h"

namespace relaypermit::testing {

// Makes `name`.cdb or `name`.lmdb of the file `name` there. `type`: "cdb" or "lmdb". The path of
// what was made.
std::string postmap(const ScratchDirectory& folder, std::string_view type, std::string_view name);

// What `postmap -q KEY TYPE:FILE` prints, without its line feed; empty where there is no such key.
[[nodiscard]] std::string postmap_answer(const ScratchDirectory& folder, std::string_view type,
                                         std::string_view name, std::string_view key);

}  // namespace relaypermit::testing

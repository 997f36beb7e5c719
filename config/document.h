// One file of a policy as nodes, with every mistake of its syntax. Used by one thread while a
// policy is loaded.
#pragma once

#include <cstdint>

#include "config/reader.h"

namespace relaypermit {

// The root table of the source, as much of it as could be read. toml++ stops at the first mistake:
// the statement that holds it is reported and blanked, and reading begins again, so that later
// mistakes are found too. A large file is read once.
[[nodiscard]] Node read_document(Reader& reader, const SourceText& source, std::uint32_t file);

}  // namespace relaypermit

#include "tests/support/source_directory.h"

namespace relaypermit::testing {

std::filesystem::path source_directory() {
    return RELAYPERMIT_SOURCE_DIR;
}

}  // namespace relaypermit::testing

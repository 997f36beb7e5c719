// Every key that a policy file may hold, gathered from the tables of rows of its sections: for
// hints ("it belongs in [relay]"), for documentation checks and for writing a policy out. Any
// thread.
#pragma once

#include <string_view>
#include <vector>

#include "config/reader.h"

namespace relaypermit {

// A table that a policy file may hold and its keys, in the order of the documentation.
struct TableInfo {
    // "" is the top of the file; "server", "alias", "cause.<id>"; "groups" has keys of the
    // admin's choice and none here.
    std::string_view name{};
    // "[server]", "[[alias]]", "[cause.<id>]".
    std::string_view header{};
    std::vector<KeyInfo> keys{};
};

[[nodiscard]] const std::vector<TableInfo>& policy_schema();

}  // namespace relaypermit

// What to do where a file may not be read: policy and store are for a group, and who answers users
// is often not in it. Reads the file system; any thread but for getgrgid().
#pragma once

#include <string>

namespace relaypermit {

// " (it is for the group `relaypermit`: ...)", to be put behind a message about `path`. Empty where
// it may be read, or where something else is wrong with it.
[[nodiscard]] std::string permission_help(const std::string& path);

}  // namespace relaypermit

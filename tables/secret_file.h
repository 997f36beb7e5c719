// Passwords of alias tables, which stand in a file of their own. Any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace relaypermit {

// What the file holds, without a line break at its end. `name` is a full path, or credential:NAME
// of systemd's credentials (systemd.exec(5), LoadCredential=). The error, which never holds any of
// the contents: there is none, it is no regular file, others than its owner and group may read it,
// it is empty, holds a NUL or a further line, or more than 4 kB.
[[nodiscard]] tl::expected<std::string, std::string> read_secret(const std::string& name);

}  // namespace relaypermit

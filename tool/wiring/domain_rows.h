// What a query gives for a domain that it finds. To Postfix any value but an empty one says that
// the table has the domain; to a domain table `0`, `f`, `false`, `n` and `no` say that it has not.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// Whether each row says yes to both, whatever the database holds: every SELECT of `query` (with
// `:domain` for the domain, as SqlQuery has it) gives one constant, or the column that it compares
// with the domain. False: that cannot be seen.
[[nodiscard]] bool rows_say_yes(std::string_view query);

// Likewise of a directory: one of `attributes` is what the filter, with `{domain}`, compares with
// the domain.
[[nodiscard]] bool entries_say_yes(std::string_view filter,
                                   const std::vector<std::string>& attributes);

}  // namespace relaypermit

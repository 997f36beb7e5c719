// Where a line of somebody else's configuration stands. Values; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace relaypermit {

struct FileLine {
    std::string file{};
    std::size_t line{};  // from 1; 0: the whole file, or what is no file

    friend bool operator==(const FileLine&, const FileLine&) = default;
    friend bool operator<(const FileLine& a, const FileLine& b) {
        return std::tie(a.file, a.line) < std::tie(b.file, b.line);
    }
};

// "/etc/postfix/owners:12"
[[nodiscard]] std::string to_string(const FileLine& origin);
// Several in few words: "/etc/postfix/owners:3-9,12 and /etc/postfix/more:1". Cut, and said, where
// there are many.
[[nodiscard]] std::string to_string(std::vector<FileLine> origins);

// What has no equal in a policy, for the list at its end.
struct NotImported {
    FileLine origin{};
    std::string what{};      // as it is written there
    std::string why{};       // a clause in lower case, without a period
    bool inert{};            // it has no effect there either: nothing is lost
    bool postfix_refuses{};  // what it refuses there, the policy permits
};

}  // namespace relaypermit

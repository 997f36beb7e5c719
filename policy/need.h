// What a verdict turns on and the facts do not say: decide() asks for it and goes on. A value; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace relaypermit {

struct Need {
    // What a login has used so far would be a kind of its own, `count`: whoever is asked puts its
    // answer into the facts as that of a table, and the loop of decide() stays as it is.
    enum class Kind : std::uint8_t { table };

    Kind kind{};
    std::string key{};  // table: the id of an [[alias_table]]

    friend bool operator==(const Need&, const Need&) = default;
};

// The keys of the needs of one kind, in order.
[[nodiscard]] inline std::vector<std::string> keys_of(const std::vector<Need>& needs,
                                                      Need::Kind kind) {
    std::vector<std::string> keys;
    for (const Need& need : needs)
        if (need.kind == kind) keys.push_back(need.key);
    return keys;
}

}  // namespace relaypermit

// What a verdict turns on and the facts do not say: decide() asks for it and goes on. A value; any
// thread.
#pragma once

#include <cstdint>
#include <string>

#include "policy/address.h"

namespace relaypermit {

struct Question {
    // What a login has used so far would be a kind of its own, `count`: whoever is asked puts its
    // answer into the facts as that of a table, and the loop of decide() stays as it is.
    enum class Kind : std::uint8_t {
        table,          // an [[alias_table]]
        hosted_domain,  // a [[domain_table]] of this role
        relay_domain,
    };

    Kind kind{};
    std::string key{};  // the id of the table
    // The address that it is about, its local part in lower case; empty where an answer holds for
    // every address of the login. Of a [[domain_table]] the domain alone.
    Address address{};

    friend bool operator==(const Question&, const Question&) = default;
};

}  // namespace relaypermit

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
    enum class Kind : std::uint8_t { table };

    Kind kind{};
    std::string key{};  // table: the id of an [[alias_table]] or [[domain_table]]
    // table: the address that it is about, its local part in lower case; empty where an answer
    // holds for every address of the login. Of a [[domain_table]] the domain alone.
    Address address{};

    friend bool operator==(const Question&, const Question&) = default;
};

}  // namespace relaypermit

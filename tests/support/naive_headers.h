// From and Sender as the naive evaluator reads them.
#pragma once

#include <optional>
#include <vector>

#include "policy/address.h"
#include "tests/support/naive_session.h"

namespace relaypermit::naive {

struct HeaderFacts {
    bool from_present{};
    bool from_usable{};
    std::vector<Address> from{};
    bool one_at{};  // in From
    bool sender_usable{true};
    std::optional<Address> sender{};
    std::vector<Address> resent_from{};
};

[[nodiscard]] HeaderFacts read_headers(const Session& session);

}  // namespace relaypermit::naive

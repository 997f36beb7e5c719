// SRV records by which mail programs find their servers (RFC 6186, RFC 8314). Asks the DNS; any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace relaypermit {

struct SrvTarget {
    std::string host{};  // lower case, without the dot at its end; empty: the service is not there
    std::uint16_t port{};

    friend bool operator==(const SrvTarget&, const SrvTarget&) = default;
};
// Empty where there are none, and where the DNS gives no answer within some seconds.
[[nodiscard]] std::vector<SrvTarget> srv_targets(const std::string& name);
// Of an answer of the DNS, as it came.
[[nodiscard]] std::vector<SrvTarget> read_srv_answer(std::span<const unsigned char> answer);

}  // namespace relaypermit

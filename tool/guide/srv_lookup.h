// SRV records by which mail programs find their servers (RFC 6186, RFC 8314). Asks the DNS; any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

struct SrvTarget {
    std::string host{};  // lower case, without the dot at its end; empty: the service is not there
    std::uint16_t port{};

    friend bool operator==(const SrvTarget&, const SrvTarget&) = default;
};
// A name server to ask in place of the system's.
struct NameServer {
    std::array<std::uint8_t, 4> address{};
    std::uint16_t port{};
};
// "192.0.2.53" or "192.0.2.53:5353"; nothing for anything else.
[[nodiscard]] std::optional<NameServer> parse_name_server(std::string_view text);

// Empty where there are none. Nothing: the DNS gives no answer within some seconds, or says that it
// has none for now.
[[nodiscard]] std::optional<std::vector<SrvTarget>> srv_targets(
    const std::string& name, const std::optional<NameServer>& server = {});
// Of an answer of the DNS, as it came.
[[nodiscard]] std::vector<SrvTarget> read_srv_answer(std::span<const unsigned char> answer);

}  // namespace relaypermit

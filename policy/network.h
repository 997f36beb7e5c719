// Client addresses and networks. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

namespace relaypermit {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4 address.
class IpAddress {
  public:
    // Accepts dotted quads, RFC 4291 text, and the forms MTAs write: "IPv6:2001:db8::1",
    // "[192.0.2.1]", "[IPv6:...]". nullopt for anything else; zone ids (%eth0) are dropped.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
    [[nodiscard]] static IpAddress v4(std::array<std::uint8_t, 4> bytes);
    [[nodiscard]] static IpAddress v6(std::array<std::uint8_t, 16> bytes);

    [[nodiscard]] bool is_v4() const { return is_v4_; }
    // 32 or 128.
    [[nodiscard]] unsigned bits() const { return is_v4_ ? 32U : 128U; }
    // Network order; an IPv4 address uses the first four.
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    // The address with all bits behind the first `prefix` cleared.
    [[nodiscard]] IpAddress masked(unsigned prefix) const;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;

  private:
    std::array<std::uint8_t, 16> bytes_{};
    bool is_v4_{};
};

[[nodiscard]] std::string to_string(const IpAddress& address);

// An address with a prefix length: "192.0.2.0/24", "2001:db8::/32"; a bare address is /32 or /128.
struct Network {
    IpAddress address{};
    unsigned prefix{};

    // The error says what is wrong in words ("host bits are set; did you mean `192.0.2.0/24`?").
    [[nodiscard]] static tl::expected<Network, std::string> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& client) const;
    [[nodiscard]] bool contains(const Network& other) const;

    friend bool operator==(const Network&, const Network&) = default;
};

[[nodiscard]] std::string to_string(const Network& network);

// True where any of the networks contains the client. No client (a local session) is in none.
[[nodiscard]] bool contains(const std::vector<Network>& networks,
                            const std::optional<IpAddress>& client);

// Which rules a client address is subject to: one hash lookup for each prefix length in use.
// Immutable after the last add(); then any thread.
class NetworkIndex {
  public:
    void add(const Network& network, std::uint32_t rule);
    // The rules of every network that contains the client, ascending, each once.
    [[nodiscard]] std::vector<std::uint32_t> find(const IpAddress& client) const;

  private:
    struct Hash {
        [[nodiscard]] std::size_t operator()(const IpAddress& address) const;
    };
    using Table = std::unordered_map<IpAddress, std::vector<std::uint32_t>, Hash>;
    std::array<std::vector<std::pair<unsigned, Table>>, 2> by_prefix_{};  // [0] IPv4, [1] IPv6
};

}  // namespace relaypermit

#include "policy/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "policy/address.h"

namespace relaypermit {
namespace {

constexpr unsigned mapped_prefix = 96;

bool is_v4_mapped(const std::array<std::uint8_t, 16>& bytes) {
    return std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
           bytes[10] == 0xFF && bytes[11] == 0xFF;
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
    IpAddress address;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    address.is_v4_ = true;
    return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
    if (is_v4_mapped(bytes)) return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
    IpAddress address;
    address.bytes_ = bytes;
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
    const bool tagged = ascii_lower(text.substr(0, 5)) == "ipv6:";
    if (tagged) text.remove_prefix(5);
    const bool colons = text.find(':') != std::string_view::npos;
    if (tagged && !colons) return std::nullopt;
    if (colons) text = text.substr(0, text.find('%'));
    // inet_pton() reads to the first NUL.
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string terminated(text);
    if (colons) {
        std::array<std::uint8_t, 16> bytes{};
        if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
        return v6(bytes);
    }
    std::array<std::uint8_t, 4> bytes{};
    if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
    return v4(bytes);
}

IpAddress IpAddress::masked(unsigned prefix) const {
    IpAddress result = *this;
    for (std::size_t i = 0; i < result.bytes_.size(); ++i) {
        const std::size_t first_bit = i * 8;
        if (first_bit >= prefix) {
            result.bytes_[i] = 0;
        } else if (prefix - first_bit < 8) {
            const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - (prefix - first_bit)));
            result.bytes_[i] = static_cast<std::uint8_t>(result.bytes_[i] & mask);
        }
    }
    return result;
}

std::string to_string(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    // Cannot fail: the family is known and the buffer is large enough for both.
    inet_ntop(address.is_v4() ? AF_INET : AF_INET6, address.bytes().data(), text.data(),
              static_cast<socklen_t>(text.size()));
    return text.data();
}

tl::expected<Network, std::string> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view left = text.substr(0, slash);
    const auto address =
        left.find('%') == std::string_view::npos ? IpAddress::parse(left) : std::nullopt;
    if (!address) return tl::unexpected<std::string>("not an IPv4 or IPv6 network");
    Network network{*address, address->bits()};
    if (slash == std::string_view::npos) return network;

    const std::string_view right = text.substr(slash + 1);
    if (IpAddress::parse(right))
        return tl::unexpected<std::string>("a netmask; write the prefix length instead, as in /24");
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(right.data(), right.data() + right.size(), prefix);
    if (right.empty() || error != std::errc() || end != right.data() + right.size())
        return tl::unexpected<std::string>("the prefix length is not a number");
    const bool mapped = address->is_v4() && left.find(':') != std::string_view::npos;
    const unsigned most = mapped ? 128U : address->bits();
    if (prefix > most) return tl::unexpected("the prefix length is above " + std::to_string(most));
    if (mapped) {
        if (prefix < mapped_prefix) {
            return tl::unexpected<std::string>(
                "the prefix length of an IPv4-mapped network is below 96");
        }
        prefix -= mapped_prefix;
    }
    network.prefix = prefix;
    const IpAddress masked = address->masked(prefix);
    if (masked != *address) {
        return tl::unexpected("host bits are set; did you mean `" +
                              to_string(Network{masked, prefix}) + "`?");
    }
    return network;
}

bool Network::contains(const IpAddress& client) const {
    return client.is_v4() == address.is_v4() && client.masked(prefix) == address;
}

bool Network::contains(const Network& other) const {
    return other.prefix >= prefix && contains(other.address);
}

std::string to_string(const Network& network) {
    return to_string(network.address) + "/" + std::to_string(network.prefix);
}

bool contains(const std::vector<Network>& networks, const std::optional<IpAddress>& client) {
    return client && std::any_of(networks.begin(), networks.end(),
                                 [&](const Network& network) { return network.contains(*client); });
}

std::size_t NetworkIndex::Hash::operator()(const IpAddress& address) const {
    const auto& bytes = address.bytes();
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void NetworkIndex::add(const Network& network, std::uint32_t rule) {
    auto& tables = by_prefix_[network.address.is_v4() ? 0 : 1];
    auto table = std::find_if(tables.begin(), tables.end(),
                              [&](const auto& entry) { return entry.first == network.prefix; });
    if (table == tables.end()) table = tables.insert(tables.end(), {network.prefix, Table{}});
    table->second[network.address].push_back(rule);
}

std::vector<std::uint32_t> NetworkIndex::find(const IpAddress& client) const {
    std::vector<std::uint32_t> rules;
    for (const auto& [prefix, table] : by_prefix_[client.is_v4() ? 0 : 1]) {
        const auto entry = table.find(client.masked(prefix));
        if (entry == table.end()) continue;
        rules.insert(rules.end(), entry->second.begin(), entry->second.end());
    }
    std::sort(rules.begin(), rules.end());
    rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
    return rules;
}

}  // namespace relaypermit

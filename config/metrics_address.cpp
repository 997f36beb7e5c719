#include "config/metrics_address.h"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "config/diagnostic.h"
#include "policy/network.h"

namespace relaypermit {

namespace {

using Result = tl::expected<SocketAddress, std::string>;

tl::unexpected<std::string> not_of_this_machine(std::string_view text) {
    return tl::make_unexpected(
        "`listen` in [metrics] must be a loopback address or a unix socket, not " +
        in_backticks(text) + ": whoever reaches it reads it");
}

// "localhost" would be the resolver's to say, which may be away.
std::optional<IpAddress> loopback(std::string_view host, bool v6) {
    if (host == "localhost") return IpAddress::parse(v6 ? "::1" : "127.0.0.1");
    const auto address = IpAddress::parse(host);
    if (!address || address->is_v4() == v6) return std::nullopt;
    const bool own = v6 ? address == IpAddress::parse("::1") : address->bytes().front() == 127;
    return own ? address : std::nullopt;
}

Result on_loopback(std::string_view text, const InetAddress& written) {
    const auto address = loopback(written.host, written.v6);
    if (!address) return not_of_this_machine(text);
    return InetAddress{to_string(*address), written.port, written.v6};
}

}  // namespace

Result parse_metrics_address(std::string_view text) {
    const auto begins = [&](std::string_view kind) { return text.starts_with(kind); };
    if (begins("/") || begins("unix:") || begins("local:") || begins("inet:") || begins("inet6:")) {
        auto address = parse_socket_address(text);
        if (!address) return address;
        if (const auto* inet = std::get_if<InetAddress>(&*address)) return on_loopback(text, *inet);
        return address;
    }
    const auto colon = text.rfind(':');
    InetAddress address;
    if (colon == std::string_view::npos || colon == 0) return not_of_this_machine(text);
    const std::string_view port = text.substr(colon + 1);
    const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (fault != std::errc{} || end != port.data() + port.size() || address.port == 0)
        return tl::make_unexpected(in_backticks(port) + " is not a port (1 to 65535)");
    std::string_view host = text.substr(0, colon);
    address.v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    address.host = address.v6 ? host.substr(1, host.size() - 2) : host;
    return on_loopback(text, address);
}

}  // namespace relaypermit

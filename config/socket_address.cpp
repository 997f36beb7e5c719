#include "config/socket_address.h"

#include <sys/un.h>

#include <charconv>

#include "config/diagnostic.h"

namespace relaypermit {

namespace {

using Result = tl::expected<SocketAddress, std::string>;

tl::unexpected<std::string> fault(std::string text) {
    return tl::make_unexpected(std::move(text));
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

Result parse_unix(std::string_view path) {
    if (path.empty() || path.front() != '/')
        return fault(path.empty() ? "the address has no path"
                                  : "the path " + in_backticks(path) + " must begin with /");
    constexpr std::size_t limit = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > limit)
        return fault("the path " + in_backticks(path) + " is longer than " + std::to_string(limit) +
                     " bytes, the limit of unix sockets");
    return UnixAddress{std::string(path)};
}

Result parse_inet(std::string_view text, bool v6) {
    const std::string_view kind = v6 ? "inet6" : "inet";
    const auto at = text.find('@');
    const std::string_view port_text = text.substr(0, at);
    InetAddress address;
    address.v6 = v6;
    if (!read_number(port_text, address.port) || address.port == 0) {
        // Postfix's own files have it the other way round.
        const auto colon = text.rfind(':');
        if (at == std::string_view::npos && colon != std::string_view::npos)
            return fault("the port comes first (write `" + std::string(kind) + ":" +
                         std::string(text.substr(colon + 1)) + "@" +
                         std::string(text.substr(0, colon)) + "`)");
        return fault(in_backticks(port_text) + " is not a port (1 to 65535)");
    }
    if (at == std::string_view::npos || at + 1 == text.size())
        return fault(in_backticks(std::string(kind) + ":" + std::string(text)) +
                     " names no address to listen on (write `" + std::string(kind) + ":" +
                     std::string(port_text) +
                     (v6 ? "@::1`, or `@::`" : "@127.0.0.1`, or `@0.0.0.0`") +
                     " for every interface)");
    std::string_view host = text.substr(at + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    address.host = host;
    return address;
}

}  // namespace

Result parse_socket_address(std::string_view text) {
    if (text.empty()) return fault("the socket's address is empty");
    if (text.front() == '/') return parse_unix(text);
    const auto colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string_view rest =
        colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (colon != std::string_view::npos) {
        if (kind == "unix" || kind == "local") return parse_unix(rest);
        if (kind == "inet") return parse_inet(rest, false);
        if (kind == "inet6") return parse_inet(rest, true);
        if (kind == "fd") {
            InheritedAddress address;
            if (!read_number(rest, address.fd) || address.fd < 0)
                return fault(in_backticks(rest) + " is not the number of a file descriptor");
            return address;
        }
    }
    return fault(in_backticks(text) +
                 " is not a socket (write unix:/path, inet:port@host, inet6:port@host or fd:3)");
}

std::string to_string(const SocketAddress& address) {
    struct Printer {
        std::string operator()(const UnixAddress& a) const { return "unix:" + a.path; }
        std::string operator()(const InetAddress& a) const {
            return (a.v6 ? "inet6:" : "inet:") + std::to_string(a.port) + "@" + a.host;
        }
        std::string operator()(const InheritedAddress& a) const {
            return "fd:" + std::to_string(a.fd);
        }
    };
    return std::visit(Printer{}, address);
}

}  // namespace relaypermit

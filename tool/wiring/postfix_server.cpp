#include "tool/wiring/postfix_server.h"

#include <charconv>
#include <cstdint>
#include <variant>

#include "config/socket_address.h"
#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

// "/a/b" of "/a/", "b" and of "/a", "/b".
std::string below(std::string_view folder, std::string_view path) {
    while (folder.ends_with('/')) folder.remove_suffix(1);
    while (path.starts_with('/')) path.remove_prefix(1);
    return std::string(folder) + "/" + std::string(path);
}

bool is_this_machine(std::string_view host) {
    return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

}  // namespace

std::string PostfixServer::option(std::string_view name, std::string_view otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? std::string(otherwise) : found->second;
}

PostfixServer read_postfix_server(std::string_view item) {
    PostfixServer server;
    server.written = without_blanks(item);
    std::string_view text = server.written;
    if (!text.starts_with('{') || !text.ends_with('}')) {
        server.endpoint = text;
        return server;
    }
    text = without_blanks(text.substr(1, text.size() - 2));
    std::string rest(text);
    // A blank may stand around the equals sign.
    const std::vector<std::string> parts = list_items(rest);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i == 0) {
            server.endpoint = parts[i];
            continue;
        }
        std::string part = parts[i];
        while (i + 1 < parts.size() && (part.ends_with('=') || parts[i + 1].starts_with('=')))
            part += parts[++i];
        const std::size_t equals = part.find('=');
        if (equals == std::string::npos) continue;
        server.options[part.substr(0, equals)] = part.substr(equals + 1);
    }
    return server;
}

std::vector<PostfixServer> read_postfix_servers(std::string_view list) {
    std::vector<PostfixServer> servers;
    for (const std::string& item : list_items(list)) servers.push_back(read_postfix_server(item));
    return servers;
}

std::string address_of(const PostfixServer& server, std::string_view queue_directory, bool chroot) {
    const std::string_view endpoint = server.endpoint;
    const std::size_t colon = endpoint.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string type = ascii_lower(endpoint.substr(0, colon));
    const std::string_view rest = endpoint.substr(colon + 1);
    if (rest.empty()) return {};
    if (type == "unix" || type == "local")
        return "unix:" + (chroot || !rest.starts_with('/') ? below(queue_directory, rest)
                                                           : std::string(rest));
    if (type != "inet") return {};
    const std::size_t last = rest.rfind(':');
    if (last == std::string_view::npos) return {};
    std::string host(rest.substr(0, last));
    const bool v6 = host.starts_with('[');
    if (v6 && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return (v6 ? "inet6:" : "inet:") + std::string(rest.substr(last + 1)) + "@" + host;
}

std::string endpoint_of(std::string_view address, std::string_view queue_directory) {
    const auto read = parse_socket_address(address);
    if (!read) return "unix:relaypermit/milter.sock";
    if (const auto* const socket = std::get_if<UnixAddress>(&*read)) {
        std::string folder(queue_directory);
        while (folder.ends_with('/')) folder.pop_back();
        folder += '/';
        return "unix:" + (socket->path.starts_with(folder) ? socket->path.substr(folder.size())
                                                           : socket->path);
    }
    if (const auto* const inet = std::get_if<InetAddress>(&*read))
        return "inet:" + (inet->v6 ? "[" + inet->host + "]" : inet->host) + ":" +
               std::to_string(inet->port);
    return "unix:relaypermit/milter.sock";
}

std::string comparable_address(std::string_view address) {
    const auto read = parse_socket_address(address);
    if (!read) return {};
    if (const auto* const socket = std::get_if<UnixAddress>(&*read)) return "unix:" + socket->path;
    if (const auto* const inet = std::get_if<InetAddress>(&*read))
        return "inet:" + std::to_string(inet->port) + "@" +
               (is_this_machine(inet->host) ? "localhost" : ascii_lower(inet->host));
    return {};
}

std::optional<std::chrono::seconds> postfix_duration(std::string_view text, int unit_s) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > 1'000'000'000) return std::nullopt;
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    std::int64_t seconds = 0;
    if (unit.empty())
        seconds = unit_s;
    else if (unit == "s")
        seconds = 1;
    else if (unit == "m")
        seconds = 60;
    else if (unit == "h")
        seconds = 3600;
    else if (unit == "d")
        seconds = 86400;
    else if (unit == "w")
        seconds = 604800;
    else
        return std::nullopt;
    return std::chrono::seconds{number * seconds};
}

}  // namespace relaypermit

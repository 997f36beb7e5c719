#include "config/table_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/diagnostic.h"
#include "policy/ascii.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            plain += text[at];
            continue;
        }
        unsigned value = 0;
        if (at + 2 >= text.size()) return std::nullopt;
        const char* const end = text.data() + at + 3;
        const auto [stop, error] = std::from_chars(text.data() + at + 1, end, value, 16);
        if (error != std::errc() || stop != end || value == 0) return std::nullopt;
        plain += static_cast<char>(value);
        at += 2;
    }
    if (!text_fault(plain).empty()) return std::nullopt;
    return plain;
}

tl::unexpected<QueryFault> fault(std::size_t offset, std::string why, std::string help = {}) {
    return tl::make_unexpected(QueryFault{offset, std::move(why), std::move(help)});
}

// "`redis`, `rediss`"
std::string listed(std::span<const std::string_view> schemes) {
    std::string text;
    for (const std::string_view scheme : schemes)
        text += (text.empty() ? "" : " or ") + std::string(scheme) + "://";
    return text;
}

}  // namespace

tl::expected<TableUrl, QueryFault> parse_table_url(std::string_view text,
                                                   std::span<const std::string_view> schemes) {
    TableUrl url{};
    url.written = text;
    const std::size_t colon = text.find("://");
    if (colon != std::string_view::npos) url.scheme = ascii_lower(text.substr(0, colon));
    if (std::find(schemes.begin(), schemes.end(), url.scheme) == schemes.end())
        return fault(0, "the url does not begin with " + listed(schemes),
                     std::string(schemes.front()) + "://USER@HOST/...");
    const std::size_t begin = colon + 3;
    if (const std::size_t option = text.find_first_of("?#", begin);
        option != std::string_view::npos)
        return fault(option, "options in the url", "what can be chosen has a key of its own");
    const std::size_t slash = std::min(text.find('/', begin), text.size());
    std::string_view authority = text.substr(begin, slash - begin);
    std::size_t host_at = begin;
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = authority.substr(0, at);
        if (user.find(':') != std::string_view::npos)
            return fault(begin, "a password in the url",
                         "write it into a file, and the file's path "
                         "as password_file");
        const auto plain = decoded(user);
        if (!plain) return fault(begin, "the user of the url cannot be read");
        url.user = *plain;
        authority.remove_prefix(at + 1);
        host_at += at + 1;
    }
    std::string_view host = authority;
    std::string_view port;
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        if (end == std::string_view::npos) return fault(host_at, "a bracket that is not closed");
        port = host.substr(end + 1);
        host = host.substr(1, end - 1);
        if (!port.empty() && port.front() != ':')
            return fault(host_at, "something behind the host");
    } else if (const std::size_t at = host.find(':'); at != std::string_view::npos) {
        port = host.substr(at);
        host = host.substr(0, at);
    }
    if (!port.empty()) {
        port.remove_prefix(1);
        const auto [stop, error] =
            std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (error != std::errc() || stop != port.data() + port.size() || url.port == 0)
            // Not repeated: it may be a password with a slash in it.
            return fault(host_at, "the port of the url is none", "a number up to 65535");
    }
    const auto plain_host = decoded(host);
    if (!plain_host) return fault(host_at, "the host of the url cannot be read");
    if (plain_host->empty())
        return fault(host_at, "the url has no host",
                     "a host, or a socket's path with %2F for its slashes");
    if (plain_host->front() == '/')
        url.socket = *plain_host;
    else
        url.host = ascii_lower(*plain_host);
    if (slash < text.size()) {
        const auto path = decoded(text.substr(slash + 1));
        if (!path) return fault(slash + 1, "the path of the url cannot be read");
        url.path = *path;
    }
    return url;
}

}  // namespace relaypermit

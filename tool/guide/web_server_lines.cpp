#include "tool/guide/web_server_lines.h"

#include <algorithm>
#include <array>

#include "tool/guide/page_template.h"
#include "tool/guide/srv_records.h"

namespace relaypermit {

using nlohmann::json;

namespace {

struct Lines {
    std::string_view name{};
    std::string_view page{};
    bool for_clients{};
};
constexpr std::array<Lines, 6> files = {{
    {"setup/nginx-clients.conf", "nginx_clients", true},
    {"setup/nginx-pages.conf", "nginx_pages", false},
    {"setup/apache-clients.conf", "apache_clients", true},
    {"setup/apache-pages.conf", "apache_pages", false},
    {"setup/caddy-clients.conf", "caddy_clients", true},
    {"setup/caddy-pages.conf", "caddy_pages", false},
}};

// Of no meaning to a shell, to a regular expression but for the dot, or to a web server.
bool is_plain(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/._-").find(c) != std::string_view::npos;
    });
}

std::string without_meaning_of_dots(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
        if (c == '.') pattern += '\\';
        pattern += c;
    }
    return pattern;
}

}  // namespace

bool is_plain_path(std::string_view path) {
    return path.starts_with('/') && is_plain(path);
}

std::string pages_path(const std::string& help_url) {
    const std::size_t begin = help_url.find("://");
    if (begin == std::string::npos) return "/mail-help/";
    const std::size_t slash = help_url.find_first_of("/?#", begin + 3);
    if (slash == std::string::npos) return "/";
    std::string path = help_url.substr(slash);
    constexpr std::string_view index = "index.html";
    if (path.ends_with("/" + std::string(index))) path.resize(path.size() - index.size());
    if (!path.ends_with('/')) path += '/';
    const bool is_canonical =
        path.find("//") == std::string::npos && path.find("/.") == std::string::npos;
    return is_plain_path(path) && is_canonical ? path : std::string();
}

tl::expected<SiteFiles, std::string> web_server_lines(const ClientConfig& config,
                                                      const std::string& folder) {
    const std::string path = pages_path(config.help_url);
    const std::string host = host_of_url(config.help_url);
    const bool at_top = path == "/";
    json names = json::array();
    for (const std::string& domain : config.domains) names.push_back({{"domain", domain}});
    const std::string without_slash = path.substr(0, path.empty() ? 0 : path.size() - 1);
    const json data = {{"folder", folder},
                       {"names", names},
                       {"host", host.empty() ? "the server of the pages" : host},
                       {"at_top", at_top},
                       {"path", path},
                       {"path_pattern", without_meaning_of_dots(path)},
                       {"bare_path", without_slash},
                       {"bare_pattern", without_meaning_of_dots(without_slash)}};
    SiteFiles lines;
    for (const Lines& file : files) {
        if (file.for_clients ? config.user_name == UserNameForm::other : path.empty()) continue;
        auto text = render_page(file.page, data);
        if (!text) return tl::unexpected(text.error());
        lines[std::string(file.name)] = *std::move(text);
    }
    return lines;
}

}  // namespace relaypermit

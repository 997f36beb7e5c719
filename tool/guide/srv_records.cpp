#include "tool/guide/srv_records.h"

#include <array>

#include "policy/domain.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

constexpr std::array<SrvName, 6> names = {{
    {"_submissions._tcp", MailProtocol::submission, true},
    {"_submission._tcp", MailProtocol::submission, false},
    {"_imaps._tcp", MailProtocol::imap, true},
    {"_imap._tcp", MailProtocol::imap, false},
    {"_pop3s._tcp", MailProtocol::pop3, true},
    {"_pop3._tcp", MailProtocol::pop3, false},
}};

// Across the services of a direction the lower number is the one to prefer (RFC 6186 3.4).
constexpr std::size_t priority_step = 10;

std::string records_of(const SrvName& service, const ClientConfig& config,
                       const std::string& domain) {
    const std::string name = std::string(service.name) + "." + domain + ". IN SRV ";
    const auto& offered =
        service.protocol == MailProtocol::submission ? config.outgoing : config.incoming;
    std::string lines;
    std::size_t priority = 0;
    for (const MailService& one : offered) {
        if (one.protocol == service.protocol && one.implicit_tls == service.implicit_tls)
            lines += name + std::to_string(priority) + " 1 " + std::to_string(one.port) + " " +
                     one.host + ".\n";
        priority += priority_step;
    }
    return lines.empty() ? name + "0 0 0 .\n" : lines;
}

// For the admin to complete.
constexpr std::string_view unknown_web_host = "WEB-SERVER-OF-THE-GUIDE";

std::string web_names(const std::string& domain, const std::string& web_host) {
    // Where the web server is not known, a line to complete.
    const std::string mark = web_host.empty() ? "; " : "";
    const std::string host = web_host.empty() ? std::string(unknown_web_host) : web_host;
    std::string lines;
    for (const std::string_view label : {"autoconfig", "autodiscover"}) {
        const std::string name = std::string(label) + "." + domain;
        if (name != web_host) lines += mark + name + ". IN CNAME " + host + ".\n";
    }
    // To the name under which the lines for web servers answer it.
    return lines + mark + "_autodiscover._tcp." + domain + ". IN SRV 0 1 443 autodiscover." +
           domain + ".\n";
}

}  // namespace

std::span<const SrvName> srv_names() {
    return names;
}

std::string zone_records(const ClientConfig& config) {
    const std::string web_host = host_of_url(config.help_url);
    std::string text =
        "; Made by relaypermit guide: records for the zone of each domain.\n"
        "; \"0 0 0 .\" says that there is no such service. The names that a web server has to "
        "have\n"
        "; a certificate for are autoconfig and autodiscover below each domain; Thunderbird also "
        "asks\n"
        "; for autoconfig below the domain of the MX, which alone serves all domains there.\n";
    if (!web_host.empty() && !is_at_usual_port(config.help_url))
        text += "; Programs ask by https at port 443, where help_url does not lead: " + web_host +
                "\n; has to answer there too.\n";
    for (const std::string& domain : config.domains) {
        const std::string shown = domain_in_unicode(domain);
        text += "\n; " + shown + "\n";
        for (const SrvName& service : names) text += records_of(service, config, domain);
        if (config.user_name != UserNameForm::other) text += web_names(domain, web_host);
    }
    // A wildcard of the DNS stands at the left of a name alone (RFC 4592 2.1.1).
    if (config.user_name != UserNameForm::other)
        for (const std::string& pattern : config.patterns)
            text += "\n; " + pattern +
                    ": autodiscover.cgi answers for every domain there, by a line for " +
                    "each:\n; autodiscover.DOMAIN. IN CNAME " +
                    (web_host.empty() ? std::string(unknown_web_host) : web_host) + ".\n";
    return text;
}

bool is_at_usual_port(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    if (!url.starts_with(scheme)) return false;
    std::string_view place = url.substr(scheme.size());
    place = place.substr(0, place.find_first_of("/?#"));
    const std::size_t colon = place.rfind(':');
    const std::size_t bracket = place.rfind(']');
    if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
        return true;
    return place.substr(colon + 1) == "443";
}

std::string host_of_url(std::string_view url) {
    const std::size_t begin = url.find("://");
    if (begin == std::string_view::npos) return {};
    std::string_view host = url.substr(begin + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    host = host.substr(host.rfind('@') == std::string_view::npos ? 0 : host.rfind('@') + 1);
    if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
    const auto normalized = normalize_domain(host);
    return normalized && !normalized->starts_with('[') && !IpAddress::parse(*normalized)
               ? *normalized
               : std::string();
}

}  // namespace relaypermit

#include "tool/guide/published_setup.h"

#include <map>

#include "policy/ascii.h"
#include "tool/guide/xml_elements.h"

namespace relaypermit {
namespace {

std::string text_of(const XmlElement& element) {
    return std::string(trimmed(element.text, " \t\r\n"));
}

// The elements of one server, by name.
using Fields = std::map<std::string, std::string, std::less<>>;

const std::string& of(const Fields& fields, std::string_view name) {
    static const std::string none;
    const auto found = fields.find(name);
    return found == fields.end() ? none : found->second;
}

std::string in_words(const std::string& protocol, const std::string& host, const std::string& port,
                     const std::string& security, const std::string& user_name) {
    return ascii_upper(protocol) + " " + ascii_lower(host) + " port " + port + " " + security +
           (user_name.empty() ? "" : ", user name " + user_name);
}

std::string autoconfig_server(const Fields& fields) {
    const std::string type = ascii_upper(of(fields, "socketType"));
    return in_words(of(fields, "type"), of(fields, "hostname"), of(fields, "port"),
                    type == "SSL"        ? "with TLS from the first byte"
                    : type == "STARTTLS" ? "with STARTTLS"
                                         : "without encryption",
                    of(fields, "username"));
}

// SSL is on unless it is said to be off; Encryption, where it is said, is what counts (MS-OXDSCLI
// 2.2.4.1.1.2.6).
std::string autodiscover_server(const Fields& fields) {
    const std::string encryption = ascii_lower(of(fields, "Encryption"));
    const bool is_plain =
        encryption == "none" || (encryption.empty() && ascii_lower(of(fields, "SSL")) == "off");
    return in_words(of(fields, "Type"), of(fields, "Server"), of(fields, "Port"),
                    is_plain              ? "without encryption"
                    : encryption == "tls" ? "with STARTTLS"
                                          : "with TLS from the first byte",
                    of(fields, "LoginName"));
}

}  // namespace

tl::expected<PublishedSetup, std::string> read_autoconfig(std::string_view xml) {
    const auto elements = xml_elements(xml);
    if (!elements) return tl::unexpected(elements.error());
    if (elements->empty() || elements->front().name != "clientConfig")
        return tl::unexpected(std::string("is no <clientConfig>"));
    PublishedSetup setup;
    std::vector<Fields> servers;
    bool is_within = false;
    for (const XmlElement& element : *elements) {
        if (element.depth == 2) {
            is_within = element.name == "incomingServer" || element.name == "outgoingServer";
            if (is_within) servers.push_back({{"type", element.type}});
            if (element.name == "domain") setup.domains.push_back(ascii_lower(text_of(element)));
        } else if (element.depth == 3 && is_within) {
            servers.back().emplace(element.name, text_of(element));
        }
    }
    for (const Fields& server : servers) setup.servers.push_back(autoconfig_server(server));
    return setup;
}

tl::expected<PublishedSetup, std::string> read_autodiscover(std::string_view xml) {
    const auto elements = xml_elements(xml);
    if (!elements) return tl::unexpected(elements.error());
    if (elements->empty() || elements->front().name != "Autodiscover")
        return tl::unexpected(std::string("is no <Autodiscover>"));
    PublishedSetup setup;
    std::vector<Fields> servers;
    Fields refusal;
    bool is_refusal = false;
    bool is_within = false;
    for (const XmlElement& element : *elements) {
        if (element.depth == 2) {
            is_refusal = element.name == "Error";
            is_within = false;
        } else if (element.depth == 3) {
            is_within = element.name == "Protocol";
            if (is_within) servers.emplace_back();
            if (is_refusal) refusal.emplace(element.name, text_of(element));
        } else if (element.depth == 4 && is_within) {
            servers.back().emplace(element.name, text_of(element));
        }
    }
    if (!refusal.empty())
        return tl::unexpected("answers `" + of(refusal, "Message") + "` (error " +
                              of(refusal, "ErrorCode") + ")");
    for (const Fields& server : servers) setup.servers.push_back(autodiscover_server(server));
    return setup;
}

}  // namespace relaypermit

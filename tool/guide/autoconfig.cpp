#include "tool/guide/autoconfig.h"

#include "tool/guide/page_template.h"

namespace relaypermit {

using nlohmann::json;

namespace {

// The draft asks for no more, because programs show it in a list.
constexpr std::size_t max_name_characters = 60;
constexpr std::size_t max_short_name_characters = 20;

std::string cut(const std::string& text, std::size_t characters) {
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size(); ++at) {
        const bool begins_one = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
        if (begins_one && ++count > characters) break;
    }
    return text.substr(0, at);
}

json servers(const std::vector<MailService>& services) {
    json list = json::array();
    for (const MailService& service : services)
        list.push_back({{"type", service.protocol == MailProtocol::imap   ? "imap"
                                 : service.protocol == MailProtocol::pop3 ? "pop3"
                                                                          : "smtp"},
                        {"host", service.host},
                        {"port", std::to_string(service.port)},
                        {"security", service.implicit_tls ? "SSL" : "STARTTLS"}});
    return list;
}

}  // namespace

tl::expected<std::string, std::string> autoconfig_xml(const ClientConfig& config) {
    json domains = json::array();
    for (const std::string& domain : config.domains) domains.push_back({{"domain", domain}});
    return render_page(
        "autoconfig",
        {// K-9 takes no placeholder here.
         {"id", config.domains.front()},
         {"domains", domains},
         {"name", cut(config.name, max_name_characters)},
         {"short_name", cut(config.name, max_short_name_characters)},
         {"incoming", servers(config.incoming)},
         {"outgoing", servers(config.outgoing)},
         {"user_name",
          config.user_name == UserNameForm::address ? "%EMAILADDRESS%" : "%EMAILLOCALPART%"},
         {"has_help", !config.help_url.empty()},
         {"help_url", config.help_url}});
}

}  // namespace relaypermit

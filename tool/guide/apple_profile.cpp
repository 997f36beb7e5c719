#include "tool/guide/apple_profile.h"

#include <algorithm>

#include "config/checksum.h"
#include "tool/guide/page_template.h"

namespace relaypermit {
namespace {

// "com.example.relaypermit.mail": a name of our own within the domain's.
std::string identifier_of(const std::string& domain) {
    std::string reversed;
    for (std::size_t end = domain.size();;) {
        const std::size_t dot = end == 0 ? std::string::npos : domain.rfind('.', end - 1);
        const std::size_t begin = dot == std::string::npos ? 0 : dot + 1;
        reversed += domain.substr(begin, end - begin) + ".";
        if (dot == std::string::npos) break;
        end = dot;
    }
    return reversed + "relaypermit.mail";
}

}  // namespace

bool holds_profile(std::string_view there, std::string_view profile) {
    constexpr char der_sequence = '\x30';
    return there == profile ||
           (there.starts_with(der_sequence) && there.find(profile) != std::string_view::npos);
}

std::string uuid_of(std::string_view text) {
    std::string hex = sha256(text).substr(0, 32);
    hex[12] = '8';  // the version
    constexpr std::string_view variants = "89ab";
    const char digit = hex[16];
    hex[16] = variants[static_cast<std::size_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10) % 4];
    for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, "-");
    std::transform(hex.begin(), hex.end(), hex.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 0x20) : c; });
    return hex;
}

tl::expected<std::string, std::string> apple_profile(const ClientConfig& config,
                                                     const std::string& domain) {
    const MailProtocol protocol = config.incoming.front().protocol;
    const MailService incoming =
        one_service(config.incoming, protocol).value_or(config.incoming.front());
    const MailService outgoing =
        one_service(config.outgoing, MailProtocol::submission).value_or(config.outgoing.front());
    const std::string identifier = identifier_of(domain);
    // A device takes the address where it is not told otherwise.
    const std::string login = config.user_name == UserNameForm::local_part
                                  ? "the part of your address before the @"
                                  : config.user_name_in_words;
    return render_page("apple_profile",
                       {{"identifier", identifier},
                        {"uuid", uuid_of(identifier)},
                        {"mail_uuid", uuid_of(identifier + ".account")},
                        {"domain", domain_in_unicode(domain)},
                        {"name", config.name},
                        {"has_organisation", !config.organisation.empty()},
                        {"organisation", config.organisation},
                        {"has_login", !login.empty()},
                        {"login", login},
                        {"type", protocol == MailProtocol::imap ? "EmailTypeIMAP" : "EmailTypePOP"},
                        {"incoming_host", incoming.host},
                        {"incoming_port", std::to_string(incoming.port)},
                        {"outgoing_host", outgoing.host},
                        {"outgoing_port", std::to_string(outgoing.port)}});
}

}  // namespace relaypermit

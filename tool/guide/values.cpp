#include "tool/guide/values.h"

#include <algorithm>

#include "policy/contact.h"
#include "tool/guide/rich_text.h"
#include "tool/guide/sentences.h"

namespace relaypermit {
namespace {

constexpr std::uint16_t between_servers = 25;  // RFC 5321: networks block it for everybody else
constexpr std::uint16_t implicit_tls = 465;    // RFC 8314

bool is_mail_address(std::string_view text) {
    return text.find('@') != std::string_view::npos && text.find(' ') == std::string_view::npos;
}

std::string word(const GuideTexts& texts, std::string_view key) {
    const auto found = texts.words.find(key);
    return found == texts.words.end() ? std::string() : found->second;
}

const std::string& of(const GuideStrings& values, std::string_view name) {
    static const std::string none;
    const auto found = values.find(name);
    return found == values.end() ? none : found->second;
}

}  // namespace

std::string_view security_of(const MailService& service) {
    return service.implicit_tls ? "SSL/TLS" : "STARTTLS";
}

std::string_view protocol_of(const MailService& service) {
    return service.protocol == MailProtocol::imap   ? "IMAP"
           : service.protocol == MailProtocol::pop3 ? "POP3"
                                                    : "SMTP";
}

std::vector<MailService> outgoing_services(const Loaded& loaded) {
    if (!loaded.settings.guide.outgoing.empty()) return loaded.settings.guide.outgoing;
    const PolicySource& source = loaded.policy->source();
    std::vector<MailService> services;
    for (const std::uint16_t port : source.submission_ports)
        if (port != between_servers)
            services.push_back(
                {MailProtocol::submission, port == implicit_tls, source.server_name, port});
    return services;
}

std::vector<std::string> guide_domains(const Loaded& loaded) {
    if (!loaded.settings.guide.domains.empty()) return loaded.settings.guide.domains;
    std::vector<std::string> domains;
    for (const std::string& pattern : loaded.policy->source().hosted_domains.patterns())
        if (!pattern.starts_with('*')) domains.push_back(pattern);
    return domains;
}

PolicyValues::PolicyValues(const Loaded& loaded, const GuideTexts& texts,
                           const GuideProgram* program)
    : outgoing_(outgoing_services(loaded)) {
    const GuideSettings& guide = loaded.settings.guide;
    const PolicySource& source = loaded.policy->source();
    const auto set = [&](std::string_view name, std::string value) {
        values_.insert_or_assign(std::string(name), std::move(value));
    };
    const auto hold = [&](std::string_view name, bool holds_here) {
        if (holds_here) conditions_.emplace_back(name);
    };
    const auto set_domain = [&](std::string_view name, std::string_view before,
                                const std::string& domain) {
        set(name, std::string(before) + domain);
        if (const std::string shown = domain_in_unicode(domain); shown != domain)
            in_unicode_.insert_or_assign(std::string(name), std::string(before) + shown);
    };
    const auto security = [&](const MailService& service) {
        if (program != nullptr && !program->tls.empty() && !program->starttls.empty())
            return service.implicit_tls ? program->tls : program->starttls;
        return std::string(security_of(service));
    };
    const std::string contact = contact_of(source);
    set("contact", contact);
    hold("contact_address", is_mail_address(contact));
    if (outgoing_.empty()) {
        set_domain("server", "", source.server_name);
        const std::string ask = plain(word(texts, "ask_contact"));
        set("port", ask);
        set("security", ask);
        in_code_.insert_or_assign("port", word(texts, "your_port"));
        hold("starttls", true);  // what most servers take
    } else {
        const MailService& first = outgoing_.front();
        set_domain("server", "", first.host);
        set("port", std::to_string(first.port));
        set("security", security(first));
        hold("port_known", true);
        hold("starttls", !first.implicit_tls);
        hold("tls", first.implicit_tls);
        const auto other =
            std::find_if(outgoing_.begin(), outgoing_.end(), [&](const MailService& service) {
                return service.host == first.host && service.port != first.port;
            });
        if (other != outgoing_.end()) {
            hold("other_port", true);
            set("other_port", std::to_string(other->port));
            set("other_security", security(*other));
        }
    }
    hold("port_25", std::any_of(outgoing_.begin(), outgoing_.end(), [](const MailService& service) {
             return service.port == between_servers;
         }));
    if (!guide.incoming.empty()) {
        const MailService& incoming = guide.incoming.front();
        const bool imap = incoming.protocol == MailProtocol::imap;
        set_domain("incoming_server", "", incoming.host);
        set("incoming_port", std::to_string(incoming.port));
        set("incoming_security", security(incoming));
        set("incoming_protocol", std::string(protocol_of(incoming)));
        hold("incoming", true);
        hold(imap ? "imap" : "pop3", true);
    }

    // A server without domains of its own: its name has to serve.
    const std::vector<std::string> domains = guide_domains(loaded);
    const std::string& domain = domains.empty() ? source.server_name : domains.front();
    const bool by_address = guide.user_name == "address";
    const bool by_local_part = guide.user_name == "local-part";
    set_domain("domain", "", domain);
    set("address", word(texts, "address"));
    set_domain("sample_address", word(texts, "you") + "@", domain);
    set("user_name", by_address      ? word(texts, "address")
                     : by_local_part ? word(texts, "local_part")
                                     : guide.user_name);
    if (by_address)
        set_domain("sample_user", word(texts, "you") + "@", domain);
    else
        set("sample_user", word(texts, by_local_part ? "you" : "your_user"));
    hold("user_address", by_address);

    set("organisation", guide.organisation);
    set("webmail", guide.webmail);
    set("password_url", guide.password_url);
    for (const std::string_view name : {"organisation", "webmail", "password_url"})
        hold(name, !value(name).empty());
}

const std::string& PolicyValues::value(std::string_view placeholder) const {
    return of(values_, placeholder);
}

const std::string& PolicyValues::in_unicode(std::string_view placeholder) const {
    return of(in_unicode_, placeholder);
}

const std::string& PolicyValues::in_code(std::string_view placeholder) const {
    const std::string& own = of(in_code_, placeholder);
    return own.empty() ? value(placeholder) : own;
}

bool PolicyValues::holds(std::span<const GuideCondition> conditions) const {
    return std::all_of(conditions.begin(), conditions.end(), [&](const GuideCondition& condition) {
        const bool here =
            std::find(conditions_.begin(), conditions_.end(), condition.name) != conditions_.end();
        return here != condition.negated;
    });
}

std::string PolicyValues::plain(std::string_view text) const {
    std::string out;
    for (const TextRun& run : parse_rich_text(text).value_or(std::vector<TextRun>()))
        out += run.placeholder ? in_words(run.text) : run.text;
    return out;
}

std::string PolicyValues::in_words(std::string_view placeholder) const {
    const std::string& shown = in_unicode(placeholder);
    return shown.empty() ? value(placeholder) : shown + " (" + value(placeholder) + ")";
}

}  // namespace relaypermit

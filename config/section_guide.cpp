// [guide]: what help pages say that no decision needs.
#include <algorithm>
#include <charconv>

#include "config/schema.h"
#include "config/sections.h"
#include "config/values.h"
#include "policy/domain.h"
#include "policy/network.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

struct Scheme {
    std::string_view name{};
    MailProtocol protocol{};
    bool implicit_tls{};
    std::uint16_t port{};
};
constexpr std::array<Scheme, 6> schemes = {{
    {"imaps", MailProtocol::imap, true, 993},
    {"imap", MailProtocol::imap, false, 143},
    {"pop3s", MailProtocol::pop3, true, 995},
    {"pop3", MailProtocol::pop3, false, 110},
    {"submissions", MailProtocol::submission, true, 465},
    {"submission", MailProtocol::submission, false, 587},
}};

// Room on a page.
constexpr std::size_t max_text_characters = 80;
constexpr std::size_t max_address_bytes = 200;

bool is_beyond_ascii(char c) {
    return (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Persian and the scripts of India spell words with one U+200C or U+200D between two letters.
std::string without_joiners(std::string_view text) {
    const auto is_joiner = [&](std::size_t at) {
        return text.substr(at).starts_with("\u200C") || text.substr(at).starts_with("\u200D");
    };
    constexpr std::size_t bytes = 3;
    std::string rest;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t behind = at + bytes;
        const bool between = is_joiner(at) && at > 0 && is_beyond_ascii(text[at - 1]) &&
                             behind < text.size() && is_beyond_ascii(text[behind]) &&
                             !is_joiner(behind) && (at < bytes || !is_joiner(at - bytes));
        if (between)
            at = behind - 1;
        else
            rest += text[at];
    }
    return rest;
}

// What is wrong with a text for people, as a sentence part; empty where nothing is.
std::string line_fault(std::string_view text) {
    if (const std::string_view fault = text_fault(text); !fault.empty())
        return "holds " + std::string(fault) + ": it must be one line of text";
    if (has_invisible(without_joiners(text))) return "holds a character that does not show";
    if (text.starts_with(' ') || text.ends_with(' ')) return "has a blank at an end";
    const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    if (static_cast<std::size_t>(characters) > max_text_characters)
        return "is longer than " + std::to_string(max_text_characters) + " characters";
    return {};
}

void take_line(Reader& reader, const Node& value, std::string_view key, std::string& line) {
    if (const std::string fault = line_fault(value.text()); !fault.empty())
        reader.error(value.position, in_backticks(key) + " " + fault);
    else
        line = value.text();
}

void take_web_address(Reader& reader, const Node& value, std::string_view key, std::string& url) {
    const std::string& text = value.text();
    const std::string name = in_backticks(key);
    constexpr std::string_view sample = "as in https://webmail.example.com";
    const bool is_web = text.starts_with("https://") || text.starts_with("http://");
    if (text.empty())
        url.clear();
    else if (!is_web || !is_word(text))
        reader.error(value.position,
                     name + " must be a web address in ASCII, not " + in_backticks(text), sample);
    else if (authority_of(text).find('@') != std::string_view::npos)
        reader.error(value.position,
                     name + " has a user name or password in it, which everybody could read",
                     sample);
    else if (!has_web_host(text))
        reader.error(value.position, in_backticks(text) + " has no usable host name or port",
                     sample);
    else if (text.size() > max_address_bytes)
        reader.error(value.position,
                     name + " is longer than " + std::to_string(max_address_bytes) + " bytes");
    else
        url = text;
}

void take_services(Reader& reader, const Node& list, bool incoming,
                   std::vector<MailService>& services) {
    services.clear();
    for (const Node& item : list.items_of(Node::Kind::string)) {
        const auto service = parse_mail_service(item.text());
        const std::string_view help = incoming
                                          ? "as in imaps://mail.example.com:993; also imap://, "
                                            "pop3s://, pop3://"
                                          : "as in submission://mail.example.com:587, or "
                                            "submissions://mail.example.com:465";
        if (!service)
            reader.error(item.position, in_backticks(item.text()) + " " + service.error(), help);
        else if ((service->protocol != MailProtocol::submission) != incoming)
            reader.error(item.position,
                         in_backticks(item.text()) + " is not for " +
                             (incoming ? "incoming" : "outgoing") + " mail",
                         help);
        else
            services.push_back(*service);
    }
}

void take_languages(Reader& reader, const Node& list, Draft& draft) {
    std::vector<std::string>& languages = draft.settings.guide.languages;
    languages.clear();
    for (const Node& item : list.items_of(Node::Kind::string)) {
        if (!reader.choice(item, "a language of the guide", guide_languages)) continue;
        if (std::find(languages.begin(), languages.end(), item.text()) != languages.end())
            reader.error(item.position, in_backticks(item.text()) + " stands twice");
        else
            languages.push_back(item.text());
    }
    if (list.items().empty())
        reader.error(list.position, "the guide needs a language", "as in [\"en\"]");
}

void take_folder(Reader& reader, const Node& value, Draft& draft) {
    if (value.text().empty() || value.text().starts_with('/'))
        draft.settings.guide.folder = value.text();
    else
        reader.error(
            value.position,
            "`folder` must be a path that begins with /, not " + in_backticks(value.text()),
            "as in /var/www/mail-help");
}

const Row<Draft> rows[] = {
    {{"folder", ValueType::string, "\"\""}, take_folder},
    {{"organisation", ValueType::string, "\"\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         take_line(reader, value, "organisation", draft.settings.guide.organisation);
     }},
    {{"domains", ValueType::strings, ""},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.settings.guide.domains.clear();
         for (const Node& item : value.items_of(Node::Kind::string))
             if (auto domain = normalize_domain(item.text()))
                 draft.settings.guide.domains.push_back(*std::move(domain));
             else
                 reader.error(item.position, in_backticks(item.text()) + " is not a usable domain",
                              "as in example.com; no patterns");
     }},
    {{"incoming", ValueType::strings, "[]"},
     [](Reader& reader, const Node& value, Draft& draft) {
         take_services(reader, value, true, draft.settings.guide.incoming);
     }},
    {{"outgoing", ValueType::strings, ""},
     [](Reader& reader, const Node& value, Draft& draft) {
         take_services(reader, value, false, draft.settings.guide.outgoing);
     }},
    {{"user_name", ValueType::string, "\"address\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         if (value.text().find_first_not_of(' ') == std::string::npos)
             reader.error(value.position, "`user_name` is empty",
                          "\"address\", \"local-part\", or a text as \"your staff number\"");
         else
             take_line(reader, value, "user_name", draft.settings.guide.user_name);
     }},
    {{"webmail", ValueType::string, "\"\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         take_web_address(reader, value, "webmail", draft.settings.guide.webmail);
     }},
    {{"password_url", ValueType::string, "\"\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         take_web_address(reader, value, "password_url", draft.settings.guide.password_url);
     }},
    {{"languages", ValueType::strings, "[\"en\"]"}, take_languages},
};

}  // namespace

tl::expected<MailService, std::string> parse_mail_service(std::string_view text) {
    const std::size_t colon = text.find("://");
    const std::string_view name = text.substr(0, colon);
    const auto scheme = std::find_if(schemes.begin(), schemes.end(),
                                     [&](const Scheme& row) { return row.name == name; });
    if (colon == std::string_view::npos || scheme == schemes.end())
        return tl::unexpected(std::string("does not begin with a way to connect"));
    std::string_view host = text.substr(colon + 3);
    if (host.ends_with('/')) host.remove_suffix(1);
    MailService service{scheme->protocol, scheme->implicit_tls, {}, scheme->port};
    if (const std::size_t at = host.rfind(':'); at != std::string_view::npos) {
        const std::string_view port = host.substr(at + 1);
        const auto [stop, fault] =
            std::from_chars(port.data(), port.data() + port.size(), service.port);
        if (fault != std::errc{} || stop != port.data() + port.size() || service.port == 0)
            return tl::unexpected(std::string("has no usable port"));
        host = host.substr(0, at);
    }
    auto normalized = normalize_domain(host);
    // Clients hold the name against the server's certificate.
    if (!normalized || normalized->starts_with('[') || IpAddress::parse(*normalized))
        return tl::unexpected(std::string("has no usable host name"));
    service.host = *std::move(normalized);
    return service;
}

std::string to_string(const MailService& service) {
    const auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& row) {
        return row.protocol == service.protocol && row.implicit_tls == service.implicit_tls;
    });
    return std::string(scheme->name) + "://" + service.host + ":" + std::to_string(service.port);
}

std::span<const Row<Draft>> guide_rows() {
    return rows;
}

}  // namespace relaypermit

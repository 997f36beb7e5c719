#include "tool/guide/autodiscover.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <istream>
#include <system_error>

#include "policy/address.h"
#include "policy/domain.h"
#include "tool/base/rules_as_toml.h"
#include "tool/guide/autodiscover_request.h"
#include "tool/guide/page_template.h"
#include "tool/guide/values.h"
#include "tool/guide/xml_text.h"

namespace relaypermit {

using nlohmann::json;

namespace {

// Of the Exchange answers: "the e-mail address cannot be found", "invalid request", "requested
// schema version not supported".
enum class Refusal : std::uint16_t { unknown_address = 500, invalid = 600, other_schema = 601 };

// Newer programs ask for a later version than 2006a and take this one; what phones ask for
// (mobilesync) is another thing.
constexpr std::string_view our_schemas =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/";

std::string answer(std::string_view status, std::string_view type, std::string_view body,
                   std::string_view more = {}) {
    std::string text = "Status: ";
    text.append(status).append("\r\nContent-Type: ").append(type);
    text.append("; charset=utf-8\r\nContent-Length: ").append(std::to_string(body.size()));
    text.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    text.append(more).append("\r\n").append(body);
    return text;
}

tl::expected<std::size_t, std::errc> length_of(const CgiRequest& request) {
    std::size_t length = 0;
    const char* const end = request.length.data() + request.length.size();
    const auto [stop, fault] = std::from_chars(request.length.data(), end, length);
    if (stop != end) return tl::unexpected(std::errc::invalid_argument);
    if (fault != std::errc{}) return tl::unexpected(fault);
    return length;
}

std::string in_words(std::string_view status, std::string_view more = {}) {
    return answer(status, "text/plain", std::string(status) + "\n", more);
}

std::string in_xml(std::string_view status, std::string_view page, const json& data) {
    const auto xml = render_page(page, data);
    return xml ? answer(status, "text/xml", *xml) : in_words("500 Internal Server Error");
}

std::string refused(std::string_view status, Refusal why, std::string_view message, TimePoint now) {
    const auto since_midnight = now - std::chrono::floor<std::chrono::days>(now);
    const std::chrono::hh_mm_ss time(
        std::chrono::duration_cast<std::chrono::seconds>(since_midnight));
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return in_xml(status, "autodiscover_error",
                  {{"time", text},
                   {"code", std::to_string(static_cast<int>(why))},
                   {"message", std::string(message)}});
}

json protocol(std::string_view type, const MailService& service, const std::string& user_name) {
    return {{"type", std::string(type)},
            {"host", service.host},
            {"port", std::to_string(service.port)},
            {"user_name", user_name},
            {"starttls", !service.implicit_tls},
            {"is_smtp", service.protocol == MailProtocol::submission}};
}

}  // namespace

std::string autodiscover_fault(const CgiRequest& request, std::istream& body) {
    if (const auto length = length_of(request); length && *length <= max_autodiscover_bytes)
        body.ignore(static_cast<std::streamsize>(*length));
    return in_words("500 Internal Server Error");
}

std::string answer_autodiscover(const Loaded& loaded, const CgiRequest& request, std::istream& body,
                                TimePoint now) {
    if (request.method != "POST") return in_words("405 Method Not Allowed", "Allow: POST\r\n");
    if (request.length.empty()) return in_words("411 Length Required");
    const auto number = length_of(request);
    if (!number && number.error() == std::errc::invalid_argument)
        return in_words("400 Bad Request");
    if (!number || *number > max_autodiscover_bytes) return in_words("413 Content Too Large");
    const std::size_t length = *number;
    std::string xml(length, '\0');
    body.read(xml.data(), static_cast<std::streamsize>(length));
    if (static_cast<std::size_t>(body.gcount()) != length) return in_words("400 Bad Request");

    const auto asked = read_autodiscover_request(xml);
    if (!asked)
        return refused("400 Bad Request", Refusal::invalid, "The request " + asked.error(), now);
    if (!asked->schema.empty() && !asked->schema.starts_with(our_schemas))
        return refused("200 OK", Refusal::other_schema, "The schema is not served here", now);
    const auto address = parse_address(asked->address);
    const ClientConfig config = client_config_of(loaded);
    if (!address || address->domain.empty() || config.incoming.empty() || config.outgoing.empty() ||
        config.user_name == UserNameForm::other || !is_for_clients(loaded, address->domain))
        return refused("200 OK", Refusal::unknown_address,
                       "The domain of the address is not served here", now);

    const std::string user_name = config.user_name == UserNameForm::address
                                      ? fit_for_xml(asked->address)
                                      : fit_for_xml(address->local);
    json offered = json::array();
    if (const auto imap = one_service(config.incoming, MailProtocol::imap))
        offered.push_back(protocol("IMAP", *imap, user_name));
    if (const auto pop3 = one_service(config.incoming, MailProtocol::pop3))
        offered.push_back(protocol("POP3", *pop3, user_name));
    if (config.incoming.front().protocol == MailProtocol::pop3)
        std::reverse(offered.begin(), offered.end());
    if (const auto smtp = one_service(config.outgoing, MailProtocol::submission))
        offered.push_back(protocol("SMTP", *smtp, user_name));
    return in_xml("200 OK", "autodiscover", {{"protocols", offered}});
}

std::string autodiscover_policy(const Loaded& loaded) {
    const GuideSettings& guide = loaded.settings.guide;
    const PolicySource& source = loaded.policy->source();
    const auto list = [](const std::vector<MailService>& services) {
        std::vector<std::string> texts;
        for (const MailService& service : services) texts.push_back(to_string(service));
        return toml_list(texts);
    };
    return "# Made by relaypermit guide, for " + std::string(autodiscover_script_name) +
           ": what anybody may know of the policy.\n"
           "[server]\nname = " +
           toml_string(source.server_name) + "\n[relay]\nhosted_domains = " +
           toml_list(guide.domains.empty() ? source.hosted_domains.patterns() : guide.domains) +
           "\n[guide]\nincoming = " + list(guide.incoming) +
           "\noutgoing = " + list(outgoing_services(loaded)) +
           "\nuser_name = " + toml_string(guide.user_name) + "\n";
}

std::string autodiscover_script(std::string_view program, std::string_view folder) {
    std::string script =
        "#!/bin/sh\n# Made by relaypermit guide: answers Outlook's POST, for a web server. What it "
        "cannot do\n# stands in the log of the web server and in the system's.\n{ said=$(";
    // Without "$@": a web server hands over the words of a query (RFC 3875 4.4).
    script.append(program).append(" guide --autodiscover -c ").append(folder).append("/");
    script.append(autodiscover_policy_name).append(" 2>&1 >&3 3>&-); code=$?; } 3>&1\n");
    // Above 125 it could not be started. Caddy 2.6 loses what a program says on its standard error.
    script.append(
        "if [ $code -gt 125 ]; then\n"
        "    cat > /dev/null\n"
        "    printf 'Status: 500 Internal Server Error\\r\\nContent-Length: 0\\r\\n\\r\\n'\n"
        "fi\n"
        "if [ -n \"$said\" ]; then\n"
        "    printf '%s\\n' \"$said\" >&2\n"
        "    logger -t relaypermit -p mail.err -- \"$said\" 2> /dev/null\n"
        "fi\nexit 0\n");
    return script;
}

}  // namespace relaypermit

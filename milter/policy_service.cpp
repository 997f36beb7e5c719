#include "milter/policy_service.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <utility>

namespace relaypermit {

namespace {

constexpr std::string_view no_objection = "DUNNO";

// Postfix puts `<recipient>: Recipient address rejected: ` between code and text, and the line of
// a reply ends at 512 bytes (RFC 5321 4.5.3.1.5).
constexpr std::size_t max_line_bytes = 510;
constexpr std::string_view postfix_says = "<>: Recipient address rejected: ";
constexpr std::size_t least_reply_bytes = 120;

std::size_t room_for_reply(std::string_view recipient) {
    const std::size_t taken = postfix_says.size() + recipient.size();
    const std::size_t room = taken < max_line_bytes ? max_line_bytes - taken : 0;
    return std::clamp(room, least_reply_bytes, max_reply_bytes);
}

std::string_view value_of(const PolicyAttributes& attributes, std::string_view name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

// Postfix gives addresses in their internal form, without quotes; everything behind reads them as
// they stand on the wire. What is no address in either form is handed on as it is.
std::string as_path(std::string_view internal) {
    if (internal.empty()) return "<>";
    const auto address = parse_address(internal, Quoting::unquoted);
    return "<" + (address ? to_string(*address) : std::string(internal)) + ">";
}

std::uint16_t port_of(std::string_view text) {
    std::uint16_t port = 25;  // before Postfix 3.2 there is no server_port
    std::from_chars(text.data(), text.data() + text.size(), port);
    return port;
}

Facts facts_of(const PolicyAttributes& attributes, TimePoint now) {
    const auto value = [&](std::string_view name) { return value_of(attributes, name); };
    Facts facts;
    facts.client = IpAddress::parse(value("client_address"));
    facts.port = port_of(value("server_port"));
    facts.mta = Mta::postfix;
    facts.server_address = IpAddress::parse(value("server_address"));
    facts.tls = value("encryption_protocol");
    facts.helo = value("helo_name");
    facts.sender_argument = as_path(value("sender"));
    // No mailer: a service in smtpd_relay_restrictions is asked about recipients that leave.
    facts.recipients = {{as_path(value("recipient")), {}}};
    facts.now = now;
    return facts;
}

// Takes the next request off `input`. Returns false where it is not complete yet. `readable` tells
// whether it was lines of name=value.
bool take_request(std::string& input, PolicyAttributes& attributes, bool& readable) {
    // A request without any attribute is a single empty line.
    const std::size_t end = input.starts_with("\n") ? 0 : input.find("\n\n");
    if (end == std::string::npos) return false;
    std::string_view lines(input.data(), end == 0 ? 0 : end + 1);
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(line.size() + 1);
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos)
            readable = false;
        else
            attributes[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    }
    input.erase(0, end == 0 ? 1 : end + 2);
    return true;
}

}  // namespace

Conversation::Turn PolicyService::take_turn(std::string& input, std::string& output) {
    PolicyAttributes attributes;
    bool readable = true;
    if (!take_request(input, attributes, readable)) return Turn::part_of_a_request;
    if (!readable || value_of(attributes, "request") != "smtpd_access_policy") return Turn::junk;
    std::string action(no_objection);
    try {
        action = answer(attributes);
    } catch (const std::exception&) {
        // No objection of ours is no permission: Postfix goes on to refuse by itself.
    }
    output += "action=" + action + "\n\n";
    return Turn::request;
}

std::string PolicyService::answer(const PolicyAttributes& attributes) {
    if (value_of(attributes, "protocol_state") != "RCPT" ||
        !value_of(attributes, "sasl_username").empty())
        return std::string(no_objection);
    const Ruling ruling = decider_.decide_beside_milter(
        facts_of(attributes, decider_.now()), value_of(attributes, "queue_id"),
        room_for_reply(value_of(attributes, "recipient")));
    return ruling.reply ? to_string(*ruling.reply) : std::string(no_objection);
}

}  // namespace relaypermit

#include "tool/base/toml_text.h"

#include <algorithm>
#include <utility>

namespace relaypermit {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

// Keys of one table, their = below each other.
std::string aligned(std::string_view header, const Lines& lines) {
    std::size_t width = 0;
    for (const auto& [key, value] : lines) width = std::max(width, key.size());
    std::string text = std::string(header) + "\n";
    for (const auto& [key, value] : lines)
        text += key + std::string(width - key.size(), ' ') + " = " + value + "\n";
    return text;
}

// A pattern as its author wrote it; a group by its name, once.
std::string logins_as_toml(const std::vector<LoginPattern>& logins) {
    std::vector<std::string> texts;
    for (const LoginPattern& login : logins) {
        const std::string text =
            login.group.empty() ? login.pattern.text() : "group:" + login.group;
        if (login.group.empty() || texts.empty() || texts.back() != text) texts.push_back(text);
    }
    return toml_list(texts);
}

template <typename Placed>
std::string patterns_as_toml(const std::vector<Placed>& patterns, bool hosted = false) {
    std::vector<std::string> texts;
    if (hosted) texts.emplace_back("hosted");
    for (const Placed& placed : patterns) texts.push_back(placed.pattern.text());
    return toml_list(texts);
}

std::string clients_as_toml(const std::vector<PlacedNetwork>& clients) {
    std::vector<std::string> texts;
    for (const PlacedNetwork& client : clients) texts.push_back(to_string(client.network));
    return toml_list(texts);
}

std::string networks_as_toml(const std::vector<Network>& networks) {
    std::vector<std::string> texts;
    for (const Network& network : networks) texts.push_back(to_string(network));
    return toml_list(texts);
}

std::string fields_as_toml(const GrantFields& fields) {
    std::vector<std::string> names;
    if (fields.envelope) names.emplace_back("envelope");
    if (fields.from) names.emplace_back("from");
    if (fields.sender) names.emplace_back("sender");
    return toml_list(names);
}

}  // namespace

std::string toml_string(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < ' ' || byte == 0x7F) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string toml_list(const std::vector<std::string>& texts) {
    std::string line;
    for (const std::string& text : texts) line += (line.empty() ? "" : ", ") + toml_string(text);
    constexpr std::size_t widest = 88;
    if (line.size() <= widest || texts.size() < 2) return "[" + line + "]";
    line = "[\n";
    for (const std::string& text : texts) line += "    " + toml_string(text) + ",\n";
    return line + "]";
}

std::string alias_as_toml(const Grant& grant) {
    Lines lines = {{"id", toml_string(grant.id)}};
    if (!grant.logins.empty()) lines.emplace_back("logins", logins_as_toml(grant.logins));
    if (!grant.clients.empty()) lines.emplace_back("clients", clients_as_toml(grant.clients));
    lines.emplace_back("senders", patterns_as_toml(grant.senders));
    if (grant.until) lines.emplace_back("until", grant.until_text);
    if (!grant.networks.empty()) lines.emplace_back("networks", networks_as_toml(grant.networks));
    if (!grant.fields.envelope || !grant.fields.from || !grant.fields.sender)
        lines.emplace_back("fields", fields_as_toml(grant.fields));
    if (!grant.note.empty()) lines.emplace_back("note", toml_string(grant.note));
    return aligned("[[alias]]", lines);
}

std::string restriction_as_toml(const Restriction& restriction) {
    Lines lines = {{"id", toml_string(restriction.id)}};
    if (!restriction.logins.empty())
        lines.emplace_back("logins", logins_as_toml(restriction.logins));
    if (!restriction.clients.empty())
        lines.emplace_back("clients", clients_as_toml(restriction.clients));
    if (restriction.recipients)
        lines.emplace_back(
            "recipients", patterns_as_toml(*restriction.recipients, restriction.recipients_hosted));
    if (restriction.networks)
        lines.emplace_back("networks", networks_as_toml(*restriction.networks));
    if (restriction.mechanisms)
        lines.emplace_back("mechanisms", toml_list(*restriction.mechanisms));
    if (restriction.suspended) lines.emplace_back("suspended", "true");
    if (!restriction.text.empty()) lines.emplace_back("text", toml_string(restriction.text));
    if (!restriction.note.empty()) lines.emplace_back("note", toml_string(restriction.note));
    return aligned("[[restrict]]", lines);
}

}  // namespace relaypermit

#include "tool/base/rules_as_toml.h"

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

// A pattern as its author wrote it; a group by its name, an empty one too: its rule is for nobody.
std::vector<std::string> texts_of(const LoginPatterns& logins) {
    std::vector<std::string> texts;
    logins.each_part(
        [&](std::span<const LoginPattern> written) {
            for (const LoginPattern& login : written) texts.push_back(login.pattern.text());
        },
        [&](const LoginPatterns::Group& group) { texts.push_back("group:" + group->name.str()); });
    return texts;
}

template <typename List>
std::string patterns_as_toml(const List& patterns, bool hosted = false) {
    std::vector<std::string> texts;
    if (hosted) texts.emplace_back("hosted");
    SharedText group;
    for (const PlacedPattern& placed : patterns) {
        if (placed.group.empty())
            texts.push_back(placed.pattern.text());
        else if (!(placed.group == group))
            texts.push_back("group:" + placed.group.str());
        group = placed.group;
    }
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

}  // namespace

std::string exceptions_as_toml(const CauseExceptions& except) {
    Lines lines;
    if (const auto logins = texts_of(except.logins); !logins.empty())
        lines.emplace_back("except_logins", toml_list(logins));
    if (!except.senders.empty())
        lines.emplace_back("except_senders", patterns_as_toml(except.senders));
    if (!except.clients.empty())
        lines.emplace_back("except_clients", clients_as_toml(except.clients));
    std::string text;
    for (const auto& [key, value] : lines) text += key + " = " + value + "\n";
    return text;
}

namespace {

std::string fields_as_toml(const GrantFields& fields) {
    std::vector<std::string> names;
    if (fields.envelope) names.emplace_back("envelope");
    if (fields.from) names.emplace_back("from");
    if (fields.sender) names.emplace_back("sender");
    return toml_list(names);
}

void add_time(Lines& lines, const Validity& time) {
    if (time.since) lines.emplace_back("since", time.since_text);
    if (time.until) lines.emplace_back("until", time.until_text);
}

void add_limits(Lines& lines, const GrantLimits& limits) {
    add_time(lines, limits);
    if (!limits.networks.empty()) lines.emplace_back("networks", networks_as_toml(limits.networks));
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
    if (const auto logins = texts_of(grant.logins); !logins.empty())
        lines.emplace_back("logins", toml_list(logins));
    if (!grant.rare->clients.empty())
        lines.emplace_back("clients", clients_as_toml(grant.rare->clients));
    lines.emplace_back("senders", patterns_as_toml(grant.senders));
    if (!grant.rare->except.empty())
        lines.emplace_back("except", patterns_as_toml(grant.rare->except));
    if (const auto logins = texts_of(grant.rare->except_logins); !logins.empty())
        lines.emplace_back("except_logins", toml_list(logins));
    add_limits(lines, *grant.rare);
    if (!grant.fields.envelope || !grant.fields.from || !grant.fields.sender)
        lines.emplace_back("fields", fields_as_toml(grant.fields));
    if (grant.rare->visible) lines.emplace_back("visible", "true");
    if (!grant.rare->note.empty()) lines.emplace_back("note", toml_string(grant.rare->note));
    return aligned("[[alias]]", lines);
}

std::vector<std::pair<std::string, std::string>> limits_as_toml(const TableSource& table) {
    Lines lines;
    add_limits(lines, *table.rare);
    lines.emplace_back("fields", fields_as_toml(table.fields));
    lines.emplace_back("note", toml_string(table.rare->note));
    return lines;
}

std::string restriction_as_toml(const Restriction& restriction) {
    Lines lines = {{"id", toml_string(restriction.id)}};
    if (const auto logins = texts_of(restriction.logins); !logins.empty())
        lines.emplace_back("logins", toml_list(logins));
    if (const auto logins = texts_of(restriction.except_logins); !logins.empty())
        lines.emplace_back("except_logins", toml_list(logins));
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
    add_time(lines, *restriction.time);
    if (!restriction.text.empty()) lines.emplace_back("text", toml_string(restriction.text));
    if (!restriction.note.empty()) lines.emplace_back("note", toml_string(restriction.note));
    return aligned("[[restrict]]", lines);
}

}  // namespace relaypermit

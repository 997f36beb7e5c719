#include "config/sasl_settings.h"

#include <algorithm>

#include "config/rule_values.h"
#include "config/table_kind.h"
#include "policy/address.h"

namespace relaypermit {

std::string why_no_sender_property(std::string_view name) {
    const auto is_name_byte = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_byte))
        return in_backticks(name) + " is not the name of a property";
    const std::string lower = ascii_lower(name);
    if (lower == "userpassword" || lower.starts_with("cmusaslsecret"))
        return in_backticks(name) + " is where SASL keeps passwords, not senders";
    return {};
}

namespace {

SaslSettings& of(TableDraft& table) {
    return std::get<SaslSettings>(table.settings.of_kind);
}

const Row<TableDraft> sasl_rows[] = {
    {{"config", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         if (!value.text().starts_with('/')) {
             reader.error(value.position,
                          in_backticks(value.text()) + " is not the full path of a directory",
                          "the directory that holds relaypermit.conf");
         }
         of(table).directory = value.text();
     }},
    {{"property", ValueType::string, "\"sendAs\""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         if (std::string why = why_no_sender_property(value.text()); !why.empty())
             reader.error(value.position, std::move(why), "a property of its own, as sendAs");
         of(table).property = value.text();
     }},
};

void check(Reader& reader, const Node& table, const TableDraft& read) {
    if (read.of_domains()) {
        reader.error(read.type->position, "SASL keeps what logins may do, and no domains",
                     "another `type`, as in \"file\"");
        return;
    }
    if (read.settings.by == TableBy::sender)
        reader.error(table.find("by")->position,
                     "SASL keeps the properties of logins, so this table cannot be by sender",
                     "leave `by` out");
    const Node* config = table.find("config");
    require(reader, table, config, read.section, "config",
            "the directory that holds relaypermit.conf");
    if (config == nullptr || config->kind != Node::Kind::string) return;
    // libsasl2 has one configuration a process.
    for (const TableSettings& other : read.draft.settings.tables) {
        const auto* sasl = std::get_if<SaslSettings>(&other.of_kind);
        if (sasl == nullptr || sasl->directory.empty() || sasl->directory == config->text())
            continue;
        reader.error(config->position,
                     "a second configuration of SASL: " + in_backticks(other.id) + " has " +
                         in_backticks(sasl->directory),
                     "one process has one; name several plugins in its auxprop_plugin");
        return;
    }
}

TableValues values(const TableSettings& read) {
    const auto& sasl = std::get<SaslSettings>(read.of_kind);
    return {{"config", sasl.directory}, {"property", sasl.property}};
}

}  // namespace

TableKind sasl_kind() {
    return {"sasl", SaslSettings{}, sasl_rows, check, values};
}

}  // namespace relaypermit

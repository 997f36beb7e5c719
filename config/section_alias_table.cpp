// [[alias_table]]: grants that are kept elsewhere. Whether a table can be opened shows where it is
// opened (tables/); here only what is written counts.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "config/rule_values.h"
#include "config/sasl_property.h"
#include "config/values.h"

namespace relaypermit {
namespace {

struct TableDraft {
    Draft& draft;
    TableSettings settings{};
    const Node* id{};
    const Node* type{};
    const Node* config{};
};

const Row<TableDraft> table_rows[] = {
    {{"id", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.id = &value;
         table.settings.id = take_id(reader, value, table.draft);
     }},
    {{"type", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.type = &value;
         constexpr std::array<std::string_view, 1> types = {"sasl"};
         if (reader.choice(value, "`type` in [[alias_table]]", types)) {
             table.settings.type = value.text();
         }
     }},
    {{"config", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.config = &value;
         if (!value.text().starts_with('/')) {
             reader.error(value.position,
                          in_backticks(value.text()) + " is not the full path of a directory",
                          "the directory that holds relaypermit.conf");
         }
         table.settings.config = value.text();
     }},
    {{"property", ValueType::string, "\"sendAs\""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         if (std::string why = why_no_sender_property(value.text()); !why.empty())
             reader.error(value.position, std::move(why), "a property of its own, as sendAs");
         table.settings.property = value.text();
     }},
    {{"timeout_ms", ValueType::integer, "500", 1, 10'000},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.timeout_ms = static_cast<std::uint32_t>(value.integer());
     }},
    {{"cache_s", ValueType::integer, "30", 0, 86'400},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.cache_s = static_cast<std::uint32_t>(value.integer());
     }},
};

// libsasl2 has one configuration a process.
void check_same_directory(Reader& reader, const TableDraft& table) {
    for (const TableSettings& other : table.draft.settings.tables) {
        if (table.config == nullptr || other.config == table.settings.config) continue;
        reader.error(table.config->position,
                     "a second configuration of SASL: " + in_backticks(other.id) + " has " +
                         in_backticks(other.config),
                     "one process has one; name several plugins in its auxprop_plugin");
        return;
    }
}

}  // namespace

void read_alias_tables(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        TableDraft read{draft};
        read_table(reader, table, "in [[alias_table]]", table_rows, read);
        require(reader, table, read.id, "[[alias_table]]", "id",
                "its name in the log, as in \"sasl\"");
        require(reader, table, read.type, "[[alias_table]]", "type", "as in \"sasl\"");
        require(reader, table, read.config, "[[alias_table]]", "config",
                "the directory that holds relaypermit.conf");
        check_same_directory(reader, read);
        draft.source.tables.push_back({read.settings.id, reader.place(table.position)});
        draft.settings.tables.push_back(std::move(read.settings));
    }
}

std::vector<TableInfo> alias_table_tables() {
    return {{"alias_table", "[[alias_table]]", infos_of(table_rows)}};
}

}  // namespace relaypermit

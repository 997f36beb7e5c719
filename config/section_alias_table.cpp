// [[alias_table]]: grants that are kept elsewhere. Whether a table can be opened shows where it is
// opened (tables/); here only what is written counts.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "config/rule_values.h"
#include "config/table_kind.h"

namespace relaypermit {
namespace {

const Row<TableDraft> first_rows[] = {
    {{"id", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.id = &value;
         table.settings.id = take_id(reader, value, table.draft);
     }},
    {{"type", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.type = &value;
         std::vector<std::string_view> types;
         for (const TableKind& kind : table_kinds()) types.push_back(kind.type);
         (void)reader.choice(value, "`type` in [[alias_table]]", types);
     }},
};

const Row<TableDraft> last_rows[] = {
    {{"timeout_ms", ValueType::integer, "500", 1, 10'000},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.timeout_ms = static_cast<std::uint32_t>(value.integer());
     }},
    {{"cache_s", ValueType::integer, "30", 0, 86'400},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.cache_s = static_cast<std::uint32_t>(value.integer());
     }},
};

const TableKind* kind_named(const Node* type) {
    if (type == nullptr || type->kind != Node::Kind::string) return nullptr;
    const auto found =
        std::find_if(table_kinds().begin(), table_kinds().end(),
                     [&](const TableKind& kind) { return kind.type == type->text(); });
    return found == table_kinds().end() ? nullptr : &*found;
}

// The keys of one kind; of none, those of every kind, each once, and nothing is taken.
std::vector<Row<TableDraft>> rows_of(const TableKind* kind) {
    std::vector<Row<TableDraft>> rows(std::begin(first_rows), std::end(first_rows));
    if (kind != nullptr)
        rows.insert(rows.end(), kind->rows.begin(), kind->rows.end());
    else
        for (const TableKind& any : table_kinds())
            for (const Row<TableDraft>& row : any.rows)
                if (std::none_of(rows.begin(), rows.end(), [&](const Row<TableDraft>& known) {
                        return known.info.key == row.info.key;
                    }))
                    rows.push_back({row.info, [](Reader&, const Node&, TableDraft&) {}});
    rows.insert(rows.end(), std::begin(last_rows), std::end(last_rows));
    return rows;
}

}  // namespace

void read_alias_tables(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        TableDraft read{draft};
        const TableKind* const kind = kind_named(table.find("type"));
        if (kind != nullptr) read.settings.of_kind = kind->settings;
        read_table(reader, table, "in [[alias_table]]", rows_of(kind), read);
        require(reader, table, read.id, "[[alias_table]]", "id",
                "its name in the log, as in \"sasl\"");
        require(reader, table, read.type, "[[alias_table]]", "type", "as in \"sasl\"");
        if (kind != nullptr) kind->check(reader, table, read);
        draft.source.tables.push_back({read.settings.id, reader.place(table.position)});
        draft.settings.tables.push_back(std::move(read.settings));
    }
}

std::vector<TableInfo> alias_table_tables() {
    return {{"alias_table", "[[alias_table]]", infos_of(rows_of(nullptr))}};
}

}  // namespace relaypermit

// [[alias_table]] and [[domain_table]]: grants and domains that are kept elsewhere. Whether a table
// can be opened shows where it is opened (tables/); here only what is written counts.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "config/rule_values.h"
#include "config/table_kind.h"
#include "config/values.h"
#include "policy/domain.h"

namespace relaypermit {
namespace {

const Row<TableDraft> name_rows[] = {
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
         (void)reader.choice(value, "`type` in " + std::string(table.section), types);
     }},
};

const Row<TableDraft> alias_rows[] = {
    {{"by", ValueType::string, "\"login\""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         constexpr std::array<std::string_view, 2> names = {"login", "sender"};
         if (const auto by = reader.choice(value, "`by` in [[alias_table]]", names))
             table.settings.by = *by == 0 ? TableBy::login : TableBy::sender;
     }},
};

const Row<TableDraft> domain_rows[] = {
    {{"role", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.role = &value;
         constexpr std::array<std::string_view, 2> names = {"hosted", "relay"};
         if (const auto role = reader.choice(value, "`role` in [[domain_table]]", names))
             table.domains.role = *role == 0 ? DomainRole::hosted : DomainRole::relay;
     }},
};

const Row<TableDraft> time_rows[] = {
    {{"timeout_ms", ValueType::integer, "500", 1, 10'000},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.timeout_ms = static_cast<std::uint32_t>(value.integer());
     }},
    {{"cache_s", ValueType::integer, "30", 0, 86'400},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.cache_s = static_cast<std::uint32_t>(value.integer());
     }},
    {{"negative_cache_s", ValueType::integer, "10", 0, 86'400},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.negative_cache_s = static_cast<std::uint32_t>(value.integer());
     }},
    {{"stale_s", ValueType::integer, "0", 0, 86'400},
     [](Reader&, const Node& value, TableDraft& table) {
         table.settings.stale_s = static_cast<std::uint32_t>(value.integer());
     }},
};

const Row<TableDraft> grant_rows[] = {
    {{"local_domains", ValueType::strings, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         auto& domains = table.settings.local_domains.emplace();
         for (const Node& item : value.items_of(Node::Kind::string))
             if (auto domain = normalize_domain(item.text()))
                 domains.push_back(*std::move(domain));
             else
                 reader.error(item.position, in_backticks(item.text()) + " is no domain",
                              "as in \"example.com\"");
     }},
    {{"fields", ValueType::strings, "[\"envelope\", \"from\", \"sender\"]"},
     [](Reader& reader, const Node& value, TableDraft& table) {
         take_fields(reader, value, table.source.fields);
     }},
    {{"until", ValueType::when, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         take_until(reader, value, table.source.rare.edit());
     }},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         table.networks = &value;
         table.source.rare.edit().networks =
             without_places(take_named_networks(reader, value, table.draft));
     }},
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, TableDraft& table) {
         table.source.rare.edit().note = value.text();
     }},
};

const Row<TableDraft> domain_note_rows[] = {
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, TableDraft& table) { table.domains.note = value.text(); }},
};

// The keys of a section besides those of the kinds, which stand in their midst.
struct Section {
    std::string_view name{};
    std::span<const Row<TableDraft>> before{};
    std::span<const Row<TableDraft>> behind{};
};
const Section alias_section{"[[alias_table]]", alias_rows, grant_rows};
const Section domain_section{"[[domain_table]]", domain_rows, domain_note_rows};

const TableKind* kind_named(const Node* type) {
    if (type == nullptr || type->kind != Node::Kind::string) return nullptr;
    const auto found =
        std::find_if(table_kinds().begin(), table_kinds().end(),
                     [&](const TableKind& kind) { return kind.type == type->text(); });
    return found == table_kinds().end() ? nullptr : &*found;
}

using Rows = std::vector<Row<TableDraft>>;

Rows rows_around(const Section& section, std::span<const Row<TableDraft>> of_kinds) {
    Rows rows(std::begin(name_rows), std::end(name_rows));
    rows.insert(rows.end(), section.before.begin(), section.before.end());
    rows.insert(rows.end(), of_kinds.begin(), of_kinds.end());
    rows.insert(rows.end(), std::begin(time_rows), std::end(time_rows));
    rows.insert(rows.end(), section.behind.begin(), section.behind.end());
    return rows;
}

// The keys of one kind, and those that others have; of no kind, those of all. Each once, and of
// another kind's nothing is taken.
Rows rows_of_kinds(const TableKind* kind) {
    Rows rows;
    if (kind != nullptr) rows.assign(kind->rows.begin(), kind->rows.end());
    const auto of_others =
        kind == nullptr
            ? [](Reader&, const Node&, TableDraft&) {}
            : [](Reader& reader, const Node& value, TableDraft& table) {
                  reader.error(value.position,
                               "a table of type " + in_backticks(kind_of(table.settings).type) +
                                   " has no such key",
                               "it goes with another `type`");
              };
    for (const TableKind& any : table_kinds())
        for (const Row<TableDraft>& row : any.rows)
            if (std::none_of(rows.begin(), rows.end(), [&](const Row<TableDraft>& known) {
                    return known.info.key == row.info.key;
                }))
                rows.push_back({row.info, of_others});
    return rows;
}

// A query that leaves out what the table is asked by gives everybody the same answer.
void check_direction(Reader& reader, const Node& table, const TableKind& kind,
                     const TableDraft& read, const std::vector<Placeholder>& asked) {
    const bool by_login = read.settings.by == TableBy::login;
    const Placeholder other = by_login ? Placeholder::sender : Placeholder::login;
    if (std::any_of(asked.begin(), asked.end(), [&](Placeholder one) { return one != other; }))
        return;
    const Node* const query = table.find(kind.query_key);
    if (query == nullptr) return;
    const std::string key = in_backticks(kind.query_key);
    if (by_login)
        reader.error(query->position,
                     key + " asks for the sender alone, so that every login has its answer",
                     "`by = \"sender\"` where it gives logins, or ask for the login too");
    else
        reader.error(query->position,
                     key + " does not ask for the sender, so that a login may send as anybody",
                     "leave `by` out where it gives senders, or ask for the sender too");
}

// What is in the query of a domain table is asked of a domain, and of nobody in particular.
void check_domain_query(Reader& reader, const Node& table, const TableKind& kind,
                        const std::vector<Placeholder>& asked) {
    const Node* const query = table.find(kind.query_key);
    const bool by_domain = std::all_of(asked.begin(), asked.end(),
                                       [](Placeholder one) { return one == Placeholder::domain; });
    if (query != nullptr && !by_domain)
        reader.error(query->position, "a domain table is asked for a domain, whoever sends",
                     "`domain` is its one placeholder");
}

// What both sections have in common. Returns the placeholders of the table's query.
std::vector<Placeholder> read_common(Reader& reader, const Node& table, const Section& section,
                                     const TableKind* kind, TableDraft& read) {
    if (kind != nullptr) read.settings.of_kind = kind->settings;
    read_table(reader, table, "in " + std::string(section.name),
               rows_around(section, rows_of_kinds(kind)), read);
    require(reader, table, read.id, section.name, "id",
            read.example("its name in the log, as in \"sasl\"",
                         "its name in the log, as in \"customers\""));
    require(reader, table, read.type, section.name, "type",
            read.example("as in \"sasl\"", "as in \"file\""));
    if (kind != nullptr) kind->check(reader, table, read);
    // Who turned the cache off before there was this key has it off.
    if (table.find("negative_cache_s") == nullptr)
        read.settings.negative_cache_s =
            std::min(read.settings.negative_cache_s, read.settings.cache_s);
    return kind != nullptr && kind->placeholders != nullptr ? kind->placeholders(read.settings)
                                                            : std::vector<Placeholder>();
}

}  // namespace

void read_alias_tables(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        TableDraft read{draft, alias_section.name};
        const TableKind* const kind = kind_named(table.find("type"));
        const std::vector<Placeholder> asked =
            read_common(reader, table, alias_section, kind, read);
        refuse_empty(reader, read.networks, "networks", "leave it out for a grant from anywhere");
        read.source.id = read.settings.id;
        read.source.place = reader.place(table.position);
        read.source.by = read.settings.by;
        if (read.settings.local_domains && read.settings.by == TableBy::login)
            reader.error(table.find("local_domains")->position,
                         "`local_domains` has no meaning for a table by login",
                         "by sender, names without a domain are keys in these");
        if (!asked.empty()) check_direction(reader, table, *kind, read, asked);
        read.source.per_address = read.source.by == TableBy::sender || holds_sender(asked);
        draft.source.tables.push_back(std::move(read.source));
        draft.settings.tables.push_back(std::move(read.settings));
    }
}

void read_domain_tables(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        TableDraft read{draft, domain_section.name};
        read.settings.by = TableBy::domain;
        const TableKind* const kind = kind_named(table.find("type"));
        const std::vector<Placeholder> asked =
            read_common(reader, table, domain_section, kind, read);
        require(
            reader, table, read.role, domain_section.name, "role",
            "`hosted` for domains whose people log in here, `relay` for those that are handed on");
        if (kind != nullptr && !asked.empty()) check_domain_query(reader, table, *kind, asked);
        read.domains.id = read.settings.id;
        read.settings.role = read.domains.role;
        read.domains.place = reader.place(table.position);
        draft.source.domain_tables.push_back(std::move(read.domains));
        draft.settings.tables.push_back(std::move(read.settings));
    }
}

std::vector<TableInfo> alias_table_tables() {
    return {{"alias_table", "[[alias_table]]",
             infos_of(rows_around(alias_section, rows_of_kinds(nullptr)))}};
}

// Without those of the kinds, which are the same as those of [[alias_table]].
std::vector<TableInfo> domain_table_tables() {
    return {{"domain_table", "[[domain_table]]", infos_of(rows_around(domain_section, {}))}};
}

}  // namespace relaypermit

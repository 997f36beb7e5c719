// What [[alias_table]] and [[domain_table]] know of a kind of table: its name and its keys. How one
// is opened is its row of tables/open_table.cpp. Used by one thread while a policy is loaded or
// written out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/placeholders.h"
#include "config/reader.h"
#include "config/sections.h"
#include "config/settings.h"

namespace relaypermit {

// A table while it is read.
struct TableDraft {
    Draft& draft;
    std::string_view section{};  // as it is written: "[[alias_table]]"
    TableSettings settings{};
    // Its id, and what it grants at most.
    TableSource source{};
    // What domains it has; of [[domain_table]].
    DomainTableSource domains{};
    const Node* id{};
    const Node* type{};
    const Node* networks{};
    const Node* role{};

    [[nodiscard]] bool of_domains() const { return settings.by == TableBy::domain; }
    [[nodiscard]] QueryOf query_of() const {
        return of_domains() ? QueryOf::domain_table : QueryOf::alias_table;
    }
    // One of two examples, that of this section.
    [[nodiscard]] std::string_view example(std::string_view of_aliases,
                                           std::string_view of_domains) const {
        return settings.by == TableBy::domain ? of_domains : of_aliases;
    }
};

// Keys of a table and their values, to write them out.
using TableValue = std::variant<std::string, std::vector<std::string>, bool>;
using TableValues = std::vector<std::pair<std::string_view, TableValue>>;

struct TableKind {
    std::string_view type{};
    // Its default, by which a table becomes one of this kind.
    TableSettings::OfKind settings{};
    // The keys that it alone has.
    std::span<const Row<TableDraft>> rows{};
    // Once `table` is read: what it lacks, and what does not go with the tables before it.
    void (*check)(Reader& reader, const Node& table, const TableDraft& read){};
    // Its keys and their values.
    TableValues (*values)(const TableSettings& read){};
    // The key of its query, and what that names of the key that is asked; null: there is none.
    std::string_view query_key{};
    std::vector<Placeholder> (*placeholders)(const TableSettings& read){};
};

// Of sasl_settings.cpp.
[[nodiscard]] TableKind sasl_kind();
// Of file_settings.cpp.
[[nodiscard]] TableKind file_kind();
[[nodiscard]] TableKind cdb_kind();
[[nodiscard]] TableKind lmdb_kind();
// Of sql_settings.cpp.
[[nodiscard]] TableKind sqlite_kind();
[[nodiscard]] TableKind postgresql_kind();
[[nodiscard]] TableKind mysql_kind();
// Of redis_settings.cpp, socketmap_settings.cpp and ldap_settings.cpp.
[[nodiscard]] TableKind redis_kind();
[[nodiscard]] TableKind socketmap_kind();
[[nodiscard]] TableKind ldap_kind();

// A row for each of TableSettings::OfKind.
[[nodiscard]] const std::vector<TableKind>& table_kinds();
[[nodiscard]] const TableKind& kind_of(const TableSettings& table);

// What a table is called in a sentence: "alias table staff", "domain table customers".
[[nodiscard]] std::string in_words(const TableSettings& table);

}  // namespace relaypermit

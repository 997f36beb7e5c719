// The keys of [[alias_table]] that kinds on a server share, and how a mistake within a value is
// said. Internal to config/. Used by one thread while a policy is loaded.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/rule_values.h"
#include "config/table_kind.h"
#include "config/table_url.h"

namespace relaypermit {

// At its place in the string.
void say(Reader& reader, const Node& string, const QueryFault& fault);

// Says so where it is not the full path of a file.
void take_full_path(Reader& reader, const Node& value, std::string& path);
void take_password_file(Reader& reader, const Node& value, ServerSettings& server);
void take_url(Reader& reader, const Node& value, std::span<const std::string_view> schemes,
              ServerSettings& server);

// Rows for `url`, `ca_file` and `password_file` of a kind whose settings hold a `server`.
template <class Kind, const auto& schemes>
constexpr Row<TableDraft> url_row() {
    return {{"url", ValueType::string, ""},
            [](Reader& reader, const Node& value, TableDraft& table) {
                take_url(reader, value, schemes, std::get<Kind>(table.settings.of_kind).server);
            }};
}
template <class Kind>
constexpr Row<TableDraft> ca_file_row() {
    return {{"ca_file", ValueType::string, "\"\""},
            [](Reader& reader, const Node& value, TableDraft& table) {
                take_full_path(reader, value,
                               std::get<Kind>(table.settings.of_kind).server.ca_file);
            }};
}
template <class Kind>
constexpr Row<TableDraft> password_file_row() {
    return {{"password_file", ValueType::string, "\"\""},
            [](Reader& reader, const Node& value, TableDraft& table) {
                take_password_file(reader, value, std::get<Kind>(table.settings.of_kind).server);
            }};
}

// Their values, to write them out.
[[nodiscard]] TableValues values_of(const ServerSettings& server);

}  // namespace relaypermit

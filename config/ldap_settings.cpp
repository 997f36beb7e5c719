#include "config/ldap_settings.h"

#include <algorithm>
#include <array>

#include "config/server_rows.h"
#include "policy/ascii.h"

namespace relaypermit {

namespace {

constexpr std::array<std::string_view, 3> schemes = {"ldap", "ldaps", "ldapi"};

LdapSettings& of(TableDraft& table) {
    return std::get<LdapSettings>(table.settings.of_kind);
}

// Whether parentheses pair up; what is between them the library reads.
bool is_balanced(std::string_view filter) {
    int depth = 0;
    for (const char c : filter) {
        if (c == '(') ++depth;
        if (c == ')' && --depth < 0) return false;
    }
    return depth == 0 && filter.starts_with('(') && filter.ends_with(')');
}

const Row<TableDraft> rows[] = {
    url_row<LdapSettings, schemes>(),
    ca_file_row<LdapSettings>(),
    {{"start_tls", ValueType::boolean, "false"},
     [](Reader&, const Node& value, TableDraft& table) { of(table).start_tls = value.boolean(); }},
    {{"bind_dn", ValueType::string, "\"\""},
     [](Reader&, const Node& value, TableDraft& table) { of(table).bind_dn = value.text(); }},
    password_file_row<LdapSettings>(),
    {{"base", ValueType::string, ""},
     [](Reader&, const Node& value, TableDraft& table) { of(table).base = value.text(); }},
    {{"filter", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         auto filter = parse_placeholder_text(value.text(), table.query_of());
         if (!filter) {
             say(reader, value, filter.error());
             return;
         }
         if (placeholders_of(*filter).empty())
             reader.error(
                 value.position, "the filter has no placeholder, and so one answer for everybody",
                 expansion_help(value.text(), "{", "}", table.query_of())
                     .value_or(std::string(table.example(
                         "as in \"(uid={user})\"", "as in \"(associatedDomain={domain})\""))));
         else if (!is_balanced(value.text()))
             reader.error(value.position, in_backticks(value.text()) + " is not a filter",
                          table.example("one in parentheses, as in "
                                        "\"(&(objectClass=person)(uid={user}))\"",
                                        "one in parentheses, as in "
                                        "\"(&(objectClass=domain)(associatedDomain={domain}))\""));
         of(table).filter = *std::move(filter);
     }},
    {{"attributes", ValueType::strings, "[\"mail\"]"},
     [](Reader& reader, const Node& list, TableDraft& table) {
         refuse_empty(reader, &list, "attributes", "as in [\"mail\"]");
         of(table).attributes.clear();
         for (const Node& item : list.items_of(Node::Kind::string)) {
             const std::string lower = ascii_lower(item.text());
             if (item.text().empty() || !std::all_of(lower.begin(), lower.end(), [](char c) {
                     return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == ';';
                 }))
                 reader.error(item.position,
                              in_backticks(item.text()) + " is not the name of an attribute",
                              "as in \"mail\"");
             else if (lower.starts_with("userpassword") || lower == "unicodepwd" ||
                      lower.find("ntpassword") != std::string::npos)
                 reader.error(item.position,
                              in_backticks(item.text()) + " is where directories keep passwords",
                              "an attribute that holds addresses, as in \"mail\"");
             of(table).attributes.push_back(item.text());
         }
     }},
    {{"value_prefix", ValueType::string, "\"\""},
     [](Reader&, const Node& value, TableDraft& table) { of(table).value_prefix = value.text(); }},
};

void check(Reader& reader, const Node& table, const TableDraft& read) {
    const Node* const url = table.find("url");
    require(reader, table, url, read.section, "url", "as in \"ldaps://ldap.example.com\"");
    require(reader, table, table.find("base"), read.section, "base",
            "where it begins to search, as in \"ou=people,dc=example,dc=com\"");
    require(reader, table, table.find("filter"), read.section, "filter",
            read.example("as in \"(uid={user})\"", "as in \"(associatedDomain={domain})\""));
    const auto& ldap = std::get<LdapSettings>(read.settings.of_kind);
    const TableUrl& at = ldap.server.url;
    if (at.scheme.empty()) return;
    if (!at.user.empty() || !at.path.empty())
        reader.error(url->position, "the url of a directory ends behind its host",
                     "bind_dn and base are keys of their own");
    if ((at.scheme == "ldapi") != !at.socket.empty())
        reader.error(url->position, "ldapi:// and a socket's path go together",
                     "as in ldapi://%2Frun%2Fslapd%2Fldapi");
    if (at.scheme == "ldap" && !ldap.start_tls && ldap.server.wants_tls())
        reader.error(url->position, "this directory would be asked in clear text",
                     "ldaps://, or start_tls = true");
    if (at.scheme != "ldap" && ldap.start_tls)
        reader.error(table.find("start_tls")->position,
                     "`start_tls` does not go with " + at.scheme + "://",
                     at.scheme == "ldaps" ? "it is encrypted already" : "a socket needs none");
    if (ldap.bind_dn.empty() != ldap.server.password_file.empty())
        reader.error(url->position, "`bind_dn` and `password_file` go together",
                     "without both the directory is asked by nobody in particular");
}

TableValues values(const TableSettings& read) {
    const auto& ldap = std::get<LdapSettings>(read.of_kind);
    TableValues all = values_of(ldap.server);
    all.push_back({"start_tls", ldap.start_tls});
    all.push_back({"bind_dn", ldap.bind_dn});
    all.push_back({"base", ldap.base});
    all.push_back({"filter", ldap.filter.written});
    all.push_back({"attributes", ldap.attributes});
    all.push_back({"value_prefix", ldap.value_prefix});
    return all;
}

}  // namespace

TableKind ldap_kind() {
    return {"ldap", LdapSettings{}, rows, check, values, "filter", [](const TableSettings& read) {
                return placeholders_of(std::get<LdapSettings>(read.of_kind).filter);
            }};
}

}  // namespace relaypermit

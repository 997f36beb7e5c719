#include "config/server_rows.h"

#include <algorithm>

#include "policy/ascii.h"

namespace relaypermit {

namespace {

constexpr std::string_view credential_prefix = "credential:";

// As systemd takes the id of a credential, without what would lead elsewhere.
bool is_credential(std::string_view name) {
    return !name.empty() && name.size() <= 255 && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace

void say(Reader& reader, const Node& string, const QueryFault& fault) {
    reader.error_inside(string, fault.offset, fault.why, fault.help);
}

void take_full_path(Reader& reader, const Node& value, std::string& path) {
    path = value.text();
    if (!path.empty() && !path.starts_with('/'))
        reader.error(value.position, in_backticks(path) + " is not the full path of a file",
                     "it begins with a slash");
}

void take_password_file(Reader& reader, const Node& value, ServerSettings& server) {
    server.password_file = value.text();
    if (value.text().empty() || value.text().starts_with('/')) return;
    const std::string_view name = value.text();
    if (name.starts_with(credential_prefix) && is_credential(name.substr(credential_prefix.size())))
        return;
    // It may be the password itself, which must not be repeated.
    reader.error(value.position, "`password_file` is neither a full path nor a credential",
                 "the path of a file that holds the password, or \"credential:NAME\" of systemd");
}

void take_url(Reader& reader, const Node& value, std::span<const std::string_view> schemes,
              ServerSettings& server) {
    auto url = parse_table_url(value.text(), schemes);
    if (url)
        server.url = *std::move(url);
    else
        say(reader, value, url.error());
}

TableValues values_of(const ServerSettings& server) {
    return {{"url", server.url.written},
            {"ca_file", server.ca_file},
            {"password_file", server.password_file}};
}

}  // namespace relaypermit

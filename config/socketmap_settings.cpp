#include "config/socketmap_settings.h"

#include <algorithm>
#include <charconv>

#include "config/rule_values.h"
#include "config/table_kind.h"
#include "config/table_url.h"
#include "config/values.h"

namespace relaypermit {
namespace {

constexpr std::string_view help = "inet:HOST:PORT or unix:PATH";

SocketmapSettings& of(TableDraft& table) {
    return std::get<SocketmapSettings>(table.settings.of_kind);
}

void take_inet(Reader& reader, const Node& value, std::string_view text,
               SocketmapSettings& settings) {
    const std::size_t colon = text.rfind(':');
    std::string_view host = text.substr(0, std::min(colon, text.size()));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string_view port =
        colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    const auto [stop, error] =
        std::from_chars(port.data(), port.data() + port.size(), settings.port);
    if (host.empty() || error != std::errc() || stop != port.data() + port.size() ||
        settings.port == 0) {
        reader.error(value.position, in_backticks(value.text()) + " is not an address",
                     std::string(help));
        return;
    }
    settings.host = host;
    TableUrl url{};
    url.host = host;
    // The protocol knows neither TLS nor passwords.
    if (travels(url))
        reader.error(value.position, "this server would be asked in clear text",
                     "socketmap has no encryption: name one of this machine, or a tunnel's end");
}

const Row<TableDraft> rows[] = {
    {{"address", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         of(table).address = value.text();
         const std::string_view text = value.text();
         if (text.starts_with("unix:/"))
             of(table).socket = text.substr(5);
         else if (text.starts_with("inet:"))
             take_inet(reader, value, text.substr(5), of(table));
         else
             reader.error(value.position, in_backticks(text) + " is not an address",
                          std::string(help));
     }},
    {{"name", ValueType::string, ""},
     [](Reader& reader, const Node& value, TableDraft& table) {
         of(table).name = value.text();
         if (!is_word(value.text()))
             reader.error(value.position, in_backticks(value.text()) + " is not the name of a map",
                          "a word, which stands before the key");
     }},
};

void check(Reader& reader, const Node& table, const TableDraft& read) {
    require(reader, table, table.find("address"), read.section, "address", help);
    require(reader, table, table.find("name"), read.section, "name",
            "the map's, as in \"senders\"");
}

TableValues values(const TableSettings& read) {
    const auto& socketmap = std::get<SocketmapSettings>(read.of_kind);
    return {{"address", socketmap.address}, {"name", socketmap.name}};
}

}  // namespace

TableKind socketmap_kind() {
    return {"socketmap", SocketmapSettings{}, rows, check, values};
}

}  // namespace relaypermit

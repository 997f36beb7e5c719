// [listen]: a row for each protocol, and what they share; [metrics], which has one of its own.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "config/metrics_address.h"
#include "config/schema.h"
#include "config/sections.h"
#include "config/socket_address.h"
#include "config/values.h"

namespace relaypermit {
namespace {

std::optional<std::uint32_t> number_in(std::string_view text, int base, std::uint32_t most) {
    std::uint32_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, number, base);
    if (text.empty() || fault != std::errc{} || stop != end || number > most) return std::nullopt;
    return number;
}

void take_socket(Reader& reader, const Node& value, const ProtocolInfo& row,
                 ListenSettings& listen) {
    if (!value.text().empty()) {
        const auto address = parse_socket_address(value.text());
        if (!address) {
            reader.error(value.position, address.error());
            return;
        }
        if (row.unix_only && !std::holds_alternative<UnixAddress>(*address)) {
            reader.error(
                value.position,
                in_backticks(row.key) + " must be a unix socket, not " + in_backticks(value.text()),
                "permissions say who may use it");
            return;
        }
    }
    listen[row.protocol] = value.text();
}

void take_socket_mode(Reader& reader, const Node& value, Draft& draft) {
    if (const auto mode = number_in(value.text(), 8, 0777)) {
        draft.settings.listen.socket_mode = *mode;
    } else {
        reader.error(value.position,
                     "`socket_mode` must be octal permissions, not " + in_backticks(value.text()),
                     "as in \"0660\"");
    }
}

void take_socket_group(Reader& reader, const Node& value, Draft& draft) {
    if (!value.text().empty() && !is_word(value.text())) {
        reader.error(value.position, in_backticks(value.text()) + " is not the name of a group",
                     "as in postfix");
        return;
    }
    draft.settings.listen.socket_group = value.text();
}

template <std::size_t at>
Row<Draft> socket_row() {
    static const std::string fallback = "\"" + std::string(protocols[at].usual) + "\"";
    return {{protocols[at].key, ValueType::string, fallback},
            [](Reader& reader, const Node& value, Draft& draft) {
                take_socket(reader, value, protocols[at], draft.settings.listen);
            }};
}

// The sockets of mail servers and of the tool come first among the protocols.
constexpr std::size_t in_listen = [] {
    std::size_t number = 0;
    while (number < protocols.size() && protocols[number].table == "listen") ++number;
    return number;
}();
static_assert(in_listen + 1 == protocols.size() && protocols[in_listen].table == "metrics");

template <std::size_t... at>
std::array<Row<Draft>, sizeof...(at) + 2> rows_with_sockets(std::index_sequence<at...>) {
    return {{socket_row<at>()...,
             {{"socket_mode", ValueType::string, "\"0660\""}, take_socket_mode},
             {{"socket_group", ValueType::string, "\"\""}, take_socket_group}}};
}

const Row<Draft> metrics_table_rows[] = {
    {{"listen", ValueType::string, "\"\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         std::string& listen = draft.settings.listen[Protocol::metrics];
         listen.clear();
         if (value.text().empty()) return;
         if (const auto address = parse_metrics_address(value.text()))
             listen = to_string(*address);
         else
             reader.error(value.position, address.error(), std::string(metrics_address_sample));
     }},
};

// Of what the table names, nothing is another protocol's already.
void check_sockets_differ(Reader& reader, const Node& table, std::string_view name,
                          const ListenSettings& listen) {
    for (const ProtocolInfo& row : protocols) {
        const Node* node = row.table == name ? table.find(row.key) : nullptr;
        if (node == nullptr || listen[row.protocol].empty()) continue;
        bool behind = false;  // in the same table, which finds this one
        for (const ProtocolInfo& other : protocols) {
            behind = behind || other.protocol == row.protocol;
            if ((behind && other.table == name) || listen[row.protocol] != listen[other.protocol])
                continue;
            reader.error(node->position,
                         in_backticks(row.key) + " is the socket of " + in_backticks(other.key) +
                             (other.table == name ? "" : " in [" + std::string(other.table) + "]") +
                             " already",
                         "each needs one of its own");
        }
    }
}

}  // namespace

std::span<const Row<Draft>> listen_rows() {
    static const auto rows = rows_with_sockets(std::make_index_sequence<in_listen>{});
    return rows;
}

std::span<const Row<Draft>> metrics_rows() {
    return metrics_table_rows;
}

void check_listen(Reader& reader, const Node& table, const Draft& draft) {
    const ListenSettings& listen = draft.settings.listen;
    check_sockets_differ(reader, table, "listen", listen);
    const bool serves_mail =
        std::any_of(protocols.begin(), protocols.end(), [&](const ProtocolInfo& row) {
            return row.of_mail_servers && !listen[row.protocol].empty();
        });
    if (!serves_mail) {
        reader.error(table.position, "[listen] leaves the daemon without a socket",
                     "`milter` is the one that the mail server needs");
    }
}

void check_metrics(Reader& reader, const Node& table, const Draft& draft) {
    check_sockets_differ(reader, table, "metrics", draft.settings.listen);
}

}  // namespace relaypermit

#include "tables/server_table.h"

#include <utility>

#include "config/diagnostic.h"
#include "policy/ascii.h"
#include "policy/utf8.h"

namespace relaypermit {

namespace {

constexpr std::size_t max_value_bytes = 1024;

// Why no row can have this value; empty: one can.
std::string why_no_row(const std::string& value) {
    if (value.empty()) return "a placeholder of the query stands for nothing";
    if (value.size() > max_value_bytes) return "it is too long for a table";
    if (const std::string_view fault = text_fault(value); !fault.empty())
        return "it holds " + std::string(fault);
    return {};
}

}  // namespace

ServerTable::ServerTable(std::unique_ptr<Connector> connector, Options options)
    : options_(std::move(options)), pool_(std::move(connector), options_.password_file) {
    if (options_.for_whole_addresses) return;
    for (const Placeholder placeholder : options_.placeholders) {
        if (placeholder == Placeholder::login) uses_.login = true;
        if (placeholder == Placeholder::sender) uses_.sender = true;
    }
}

TableResult ServerTable::look_up(const TableKey& key) {
    PlaceholderValues values = {ascii_lower(to_string(key.login)), ascii_lower(key.sender),
                                ascii_lower(key.user), ascii_lower(key.domain)};
    if (options_.for_whole_addresses && !key.sender.empty())
        values[static_cast<std::size_t>(Placeholder::login)] = ascii_lower(key.sender);
    for (const Placeholder placeholder : options_.placeholders) {
        const std::string& value = value_of(placeholder, values);
        std::string why = why_no_row(value);
        if (why.empty() && options_.folds_letters && !is_ascii(value))
            why = "to this server `\xc3\xa4` may be `a`, so that it is asked for ASCII alone";
        if (!why.empty()) return {true, {}, {}, "not asked: " + std::move(why)};
    }
    auto rows = pool_.ask(values, Deadline(std::chrono::milliseconds(options_.timeout_ms)));
    if (!rows) {
        TableResult failed{false, {}, {}, in_one_line(rows.error().why)};
        // What it says of this key it need not say of another: one login must not turn it off.
        failed.of_key_alone = rows.error().of == ConnectorFault::Of::query;
        return failed;
    }
    std::string why = rows->empty()       ? "it has nothing for this key"
                      : rows->size() == 1 ? "it has 1 value"
                                          : "it has " + std::to_string(rows->size()) + " values";
    return {true, {}, *std::move(rows), std::move(why)};
}

}  // namespace relaypermit

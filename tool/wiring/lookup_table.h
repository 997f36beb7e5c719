// One table of Postfix with all that it answers, where that can be listed: `hash:/etc/postfix/x`,
// `regexp:...`, `inline:{...}`. Reads files and asks postmap(1); one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/pattern_table.h"
#include "tool/wiring/queried_table.h"

namespace relaypermit {

struct TableEntry {
    std::string key{};    // as the table is asked for it: in lower case
    std::string value{};  // as it is written
    FileLine origin{};
};

struct LookupTable {
    enum class Kind : std::uint8_t {
        entries,    // keys and values
        patterns,   // asked for whole addresses alone, the first that matches answers
        every_key,  // static: `value` whatever it is asked
        unknown,    // what it answers cannot be listed: `why`
    };
    Kind kind{Kind::entries};
    std::string name{};  // as main.cf names it
    FileLine origin{};   // its file
    std::vector<TableEntry> entries{};
    std::vector<PatternLine> patterns{};
    std::string value{};
    std::string why{};
    std::vector<std::string> details{};  // unknown: what it asks, a line each
    // unknown: the table of a policy that asks the same, where there can be one.
    std::optional<QueriedTable> queried{};
    // unknown, a union that is asked for domains: each of these is asked.
    std::vector<LookupTable> members{};
    std::vector<NotImported> mistakes{};
};

// `directory` is that of main.cf. `setting` is where the table is named: of inline tables.
[[nodiscard]] LookupTable read_lookup_table(const std::string& name, const std::string& directory,
                                            const FileLine& setting, QueryOf of);

// `type:name`, as lists of addresses and domains may hold.
[[nodiscard]] bool is_table_name(std::string_view item);

}  // namespace relaypermit

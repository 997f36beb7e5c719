// The decision store: an SQLite file that the daemon writes (store_writer.h) and the tool reads
// (store_reader.h). This header is what both share: the rows and the schema. Start reading here.
//
// One row a decision; a flood of the same refusal is one row with a count (flood.h). What could
// not be stored is a row of `gap`: nothing is missing without saying so.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "record/record.h"
#include "record/sqlite.h"

namespace relaypermit {

struct StoredRecord {
    std::int64_t id{};  // ascending in the order of storing, never used twice
    TimePoint time{};   // of the first decision of the row
    TimePoint last{};   // of the last
    std::uint64_t count{1};
    // A row of a flood whose decisions differ in sender, recipients, HELO and the like: the record
    // is the first one's (flood.h).
    bool varied{};
    Record record{};

    friend bool operator==(const StoredRecord&, const StoredRecord&) = default;
};

// Decisions that are not in the store although they were made.
struct StoreGap {
    TimePoint from{};
    TimePoint until{};
    std::optional<std::uint64_t> count{};  // nullopt: the daemon was killed, nobody counted
    std::string reason{};                  // "disk full", "relaypermitd was killed"

    friend bool operator==(const StoreGap&, const StoreGap&) = default;
};

// A time as the columns of the store have it.
[[nodiscard]] inline std::int64_t seconds(TimePoint time) {
    return time.time_since_epoch().count();
}

// "rlpm", in the file's header: another program's database is left alone.
inline constexpr std::int64_t store_application_id = 0x726c706d;

// Statements that take a store from version i to version i + 1, each run in one transaction.
// Versions are never changed once released: a new one is added at the end.
[[nodiscard]] std::span<const std::string_view> store_migrations();

// The version of an open database, 0 for a new one. A fault: another program's file, a version
// newer than this program knows, or SQLite's.
[[nodiscard]] StoreResult<std::int64_t> known_version(
    Database& database, std::size_t newest = store_migrations().size());

// Brings an open database to the newest version. A fault: another program's file, a version newer
// than `migrations` know, or SQLite's. Leaves it as it was on a fault.
[[nodiscard]] StoreResult<void> migrate(Database& database,
                                        std::span<const std::string_view> migrations);

// The columns of `decision` in the order of read_decision_row().
[[nodiscard]] std::string_view decision_columns();
// INSERT of so many rows, with a parameter for each column but id, row by row.
[[nodiscard]] std::string insert_decisions(std::size_t rows);
// Of the columns of StoredRecord what is not in its record.
struct RowHead {
    TimePoint time{};
    TimePoint last{};
    std::uint64_t count{1};
    bool varied{};
};
// Row number `row` of insert_decisions(). `record` stays as it is until the statement has run.
void bind_decision(Statement& statement, std::size_t row, const RowHead& head,
                   const Record& record);
// The row that is there. A value of an enum that this version does not know is a fault.
// Read over `stored`, whose strings keep their room.
[[nodiscard]] StoreResult<void> read_decision_row(const Statement& statement, StoredRecord& stored);

// Lists in one column: joined by line feeds, with \ and line feed escaped. An empty list is "".
[[nodiscard]] std::string join_list(const std::vector<std::string>& values);
[[nodiscard]] std::vector<std::string> split_list(std::string_view joined);
// Over `values`, whose strings keep their room.
void split_list(std::string_view joined, std::vector<std::string>& values);

}  // namespace relaypermit

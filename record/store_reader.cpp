#include "record/store_reader.h"

#include <sys/stat.h>

#include <chrono>
#include <utility>

namespace relaypermit {
namespace {

constexpr int lock_wait_ms = 2000;

TimePoint time_of(std::int64_t seconds) {
    return TimePoint{std::chrono::seconds{seconds}};
}

std::string within(const std::string& column, const std::optional<TimePoint>& since,
                   const std::optional<TimePoint>& until) {
    std::string condition = "1";
    if (since) {
        condition += " AND " + column + " >= " + std::to_string(since->time_since_epoch().count());
    }
    if (until) {
        condition += " AND " + column + " < " + std::to_string(until->time_since_epoch().count());
    }
    return condition;
}

bool is_missing_or_empty(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 || status.st_size == 0;
}

// Opens it and takes a first look: SQLite touches the file only then.
StoreResult<Database> look(const std::string& path, Database::Access access) {
    auto database = Database::open(path, access);
    if (!database) {
        return database;
    }
    database->wait_for_locks(lock_wait_ms);
    const auto version = known_version(*database);
    if (!version) {
        return tl::unexpected(version.error());
    }
    if (*version == 0) {
        return tl::unexpected(StoreFault{StoreTrouble::unavailable, "it is empty"});
    }
    return database;
}

}  // namespace

StoreResult<StoreReader> StoreReader::open(const std::string& path) {
    if (struct stat status{}; ::stat(path.c_str(), &status) != 0) {
        return tl::unexpected(StoreFault{StoreTrouble::unavailable, "there is no such file"});
    }
    auto database = look(path, Database::Access::read);
    if (!database && database.error().trouble == StoreTrouble::unavailable) {
        // A copy without its -wal and -shm files, or with the log alone.
        database = look(path, is_missing_or_empty(path + "-wal") ? Database::Access::immutable
                                                                 : Database::Access::read_loose);
    }
    if (!database) {
        return tl::unexpected(database.error());
    }
    return StoreReader{std::move(*database)};
}

StoreResult<void> StoreReader::each(const StoreQuery& query,
                                    const std::function<bool(StoredRecord&&)>& visit) {
    std::string sql = "SELECT " + std::string(decision_columns()) + " FROM decision ";
    // SQLite keeps no statistics of this file and would rather read all of it.
    sql += query.after_id > 0    ? "NOT INDEXED "
           : query.refusals_only ? "INDEXED BY decision_refused "
                                 : "INDEXED BY decision_time ";
    sql += "WHERE " + within("time", query.since, query.until);
    if (query.refusals_only) {
        sql += " AND verdict <> 'accept'";
    }
    if (query.after_id > 0) {
        sql += " AND id > " + std::to_string(query.after_id) + " ORDER BY id";
    } else {
        sql += " ORDER BY time, id";
    }
    auto statement = database_.prepare(sql);
    if (!statement) {
        return tl::unexpected(statement.error());
    }
    for (;;) {
        const auto row = statement->step();
        if (!row) {
            return tl::unexpected(row.error());
        }
        if (!*row) {
            return {};
        }
        auto stored = decision_row(*statement);
        if (!stored) {
            return tl::unexpected(stored.error());
        }
        if (!visit(std::move(*stored))) {
            return {};
        }
    }
}

StoreResult<std::vector<StoredRecord>> StoreReader::find(const std::string& reference) {
    auto statement = database_.prepare("SELECT " + std::string(decision_columns()) +
                                       " FROM decision WHERE (ref = ?1 AND ref <> '') OR id IN "
                                       "(SELECT decision FROM collapsed WHERE ref = ?1) "
                                       "ORDER BY id");
    if (!statement) {
        return tl::unexpected(statement.error());
    }
    statement->bind(1, reference);
    std::vector<StoredRecord> found;
    for (;;) {
        const auto row = statement->step();
        if (!row) {
            return tl::unexpected(row.error());
        }
        if (!*row) {
            return found;
        }
        auto stored = decision_row(*statement);
        if (!stored) {
            return tl::unexpected(stored.error());
        }
        found.push_back(std::move(*stored));
    }
}

StoreResult<std::uint64_t> StoreReader::accepted(std::optional<TimePoint> since,
                                                 std::optional<TimePoint> until) {
    // Accepted messages have a row each, and the two indexes know the rows by themselves.
    const std::string where = "WHERE " + within("time", since, until);
    const auto count =
        database_.number("SELECT (SELECT count(*) FROM decision INDEXED BY decision_time " + where +
                         ") - (SELECT count(*) FROM decision INDEXED BY decision_refused " + where +
                         " AND verdict <> 'accept')");
    return count.map([](std::int64_t number) { return static_cast<std::uint64_t>(number); });
}

StoreResult<std::vector<StoreGap>> StoreReader::gaps(std::optional<TimePoint> since,
                                                     std::optional<TimePoint> until) {
    auto statement =
        database_.prepare("SELECT since, until, count, reason FROM gap WHERE " +
                          within("until", since, std::nullopt) + " AND " +
                          within("since", std::nullopt, until) + " ORDER BY since, id");
    if (!statement) {
        return tl::unexpected(statement.error());
    }
    std::vector<StoreGap> found;
    for (;;) {
        const auto row = statement->step();
        if (!row) {
            return tl::unexpected(row.error());
        }
        if (!*row) {
            return found;
        }
        StoreGap gap{.from = time_of(statement->number(0)),
                     .until = time_of(statement->number(1)),
                     .reason = std::string(statement->text(3))};
        if (!statement->is_null(2)) {
            gap.count = static_cast<std::uint64_t>(statement->number(2));
        }
        found.push_back(std::move(gap));
    }
}

StoreResult<std::int64_t> StoreReader::last_id() {
    return database_.number("SELECT coalesce(max(id), 0) FROM decision");
}

}  // namespace relaypermit

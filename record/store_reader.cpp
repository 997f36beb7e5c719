#include "record/store_reader.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace relaypermit {
namespace {

constexpr int lock_wait_ms = 2000;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

TimePoint time_of(std::int64_t seconds) {
    return TimePoint{std::chrono::seconds{seconds}};
}

std::string within(const std::string& column, const std::optional<TimePoint>& since,
                   const std::optional<TimePoint>& until) {
    std::string condition = "1";
    if (since)
        condition += " AND " + column + " >= " + std::to_string(since->time_since_epoch().count());
    if (until)
        condition += " AND " + column + " < " + std::to_string(until->time_since_epoch().count());
    return condition;
}

bool is_missing_or_empty(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 || status.st_size == 0;
}

// Opens it and takes a first look: SQLite touches the file only then.
StoreResult<Database> look(const std::string& path, Database::Access access, std::size_t version) {
    auto database = Database::open(path, access);
    if (!database) return database;
    database->wait_for_locks(lock_wait_ms);
    const auto found = known_version(*database, version);
    if (!found) return tl::unexpected(found.error());
    if (*found == 0) return tl::unexpected(StoreFault{StoreTrouble::unavailable, "it is empty"});
    if (*found < static_cast<std::int64_t>(version)) {
        return tl::unexpected(StoreFault{
            StoreTrouble::older, "its version is " + std::to_string(*found) +
                                     ", this program reads " + std::to_string(version) +
                                     "; the relaypermitd of this version brings it up to date "
                                     "when it starts"});
    }
    return database;
}

}  // namespace

StoreResult<StoreReader> StoreReader::open(const std::string& path, std::size_t version) {
    if (struct stat status{}; ::stat(path.c_str(), &status) != 0) {
        const std::string why = errno == EACCES ? "permission denied" : "there is no such file";
        return tl::unexpected(StoreFault{StoreTrouble::unavailable, why});
    }
    auto database = look(path, Database::Access::read, version);
    if (!database && database.error().trouble == StoreTrouble::unavailable) {
        // A copy without its -wal and -shm files, or with the log alone.
        database = look(path,
                        is_missing_or_empty(path + "-wal") ? Database::Access::immutable
                                                           : Database::Access::read_loose,
                        version);
    }
    if (!database) return tl::unexpected(database.error());
    return StoreReader{std::move(*database)};
}

StoreResult<void> StoreReader::read_page(Statement& statement, Page& page) {
    page.count = 0;
    page.scanned = 0;
    for (;;) {
        const auto row = statement.step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return {};
        ++page.scanned;
        page.last_id = statement.number(0);
        page.last_time = statement.number(1);
        if (page.count == page.rows.size()) page.rows.emplace_back();
        if (read_decision_row(statement, page.rows[page.count]))
            ++page.count;
        else
            ++unreadable_;
    }
}

StoreResult<void> StoreReader::each(const StoreQuery& query,
                                    const std::function<bool(StoredRecord&&)>& visit) {
    const bool follows = query.after_id > 0;
    unreadable_ = 0;
    const auto newest = last_id();
    if (!newest) return tl::unexpected(newest.error());
    std::string sql = "SELECT " + std::string(decision_columns()) + " FROM decision ";
    // SQLite keeps no statistics of this file and would rather read all of it.
    sql += follows               ? "NOT INDEXED "
           : query.refusals_only ? "INDEXED BY decision_refused "
                                 : "INDEXED BY decision_time ";
    sql += "WHERE id <= " + std::to_string(*newest) + " AND " +
           within("time", std::nullopt, query.until);
    if (query.refusals_only) sql += " AND verdict <> 'accept'";
    // One lower bound of the time alone, or SQLite begins each page at the other one.
    sql += follows ? " AND time >= ?1 AND id > ?2 ORDER BY id"
                   : " AND time >= ?1 AND (time > ?1 OR id > ?2) ORDER BY time, id";
    sql += " LIMIT " + std::to_string(page_rows);
    auto statement = database_.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    std::int64_t time = query.since ? query.since->time_since_epoch().count()
                                    : std::numeric_limits<std::int64_t>::min();
    std::int64_t id = query.after_id;
    Page page;
    for (;;) {
        statement->bind(1, time).bind(2, id);
        if (auto read = read_page(*statement, page); !read) return read;
        for (StoredRecord& stored : std::span(page.rows).first(page.count))
            if (!visit(std::move(stored))) return {};
        if (page.scanned < page_rows) return {};
        time = follows ? time : page.last_time;
        id = page.last_id;
    }
}

StoreResult<std::vector<StoredRecord>> StoreReader::find(const std::string& reference) {
    unreadable_ = 0;
    auto statement = database_.prepare("SELECT " + std::string(decision_columns()) +
                                       " FROM decision WHERE (ref = ?1 AND ref <> '') OR id IN "
                                       "(SELECT decision FROM collapsed WHERE ref = ?1) "
                                       "ORDER BY id");
    if (!statement) return tl::unexpected(statement.error());
    statement->bind(1, reference);
    Page page;
    if (auto read = read_page(*statement, page); !read) return tl::unexpected(read.error());
    page.rows.resize(page.count);
    return std::move(page.rows);
}

StoreResult<std::optional<TimePoint>> StoreReader::begins() {
    auto statement = database_.prepare("SELECT min(time) FROM decision");
    if (!statement) return tl::unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return tl::unexpected(row.error());
    return *row && !statement->is_null(0) ? std::optional{time_of(statement->number(0))}
                                          : std::nullopt;
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

StoreResult<std::vector<std::string>> StoreReader::logins_of_accepted(
    std::optional<TimePoint> since, std::optional<TimePoint> until) {
    // Most rows are such: the index would only be a detour to them. Told apart here, as DISTINCT
    // keeps a tree.
    auto statement =
        database_.prepare("SELECT login FROM decision NOT INDEXED WHERE " +
                          within("time", since, until) + " AND verdict = 'accept' AND login <> ''");
    if (!statement) return tl::unexpected(statement.error());
    std::unordered_set<std::string, TextHash, std::equal_to<>> known;
    std::vector<std::string> logins;
    for (;;) {
        const auto row = statement->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return logins;
        const std::string_view login = statement->text(0);
        if (!known.contains(login)) {
            known.emplace(login);
            logins.emplace_back(login);
        }
    }
}

StoreResult<std::vector<StoreGap>> StoreReader::gaps(std::optional<TimePoint> since,
                                                     std::optional<TimePoint> until) {
    auto statement =
        database_.prepare("SELECT since, until, count, reason FROM gap WHERE " +
                          within("until", since, std::nullopt) + " AND " +
                          within("since", std::nullopt, until) + " ORDER BY since, id");
    if (!statement) return tl::unexpected(statement.error());
    std::vector<StoreGap> found;
    for (;;) {
        const auto row = statement->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return found;
        StoreGap gap{.from = time_of(statement->number(0)),
                     .until = time_of(statement->number(1)),
                     .reason = std::string(statement->text(3))};
        if (!statement->is_null(2)) gap.count = static_cast<std::uint64_t>(statement->number(2));
        found.push_back(std::move(gap));
    }
}

StoreResult<std::int64_t> StoreReader::last_id() {
    return database_.number("SELECT coalesce(max(id), 0) FROM decision");
}

}  // namespace relaypermit

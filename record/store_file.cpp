#include "record/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

namespace relaypermit {
namespace {

constexpr std::int64_t rows_a_step = 1000;
// An INSERT costs as much to begin and to end as two rows do.
constexpr std::size_t rows_a_statement = 16;
constexpr std::int64_t free_pages_kept = 2048;
constexpr std::array<std::string_view, 3> suffixes = {"", "-wal", "-shm"};

}  // namespace

StoreFile::StoreFile(std::string path, Database database)
    : path_(std::move(path)), database_(std::move(database)) {}

StoreResult<std::unique_ptr<StoreFile>> StoreFile::open(const std::string& path, int lock_wait_ms,
                                                        TimePoint now, bool again) {
    auto database = Database::open(path, Database::Access::write);
    if (!database) return tl::unexpected(database.error());
    database->wait_for_locks(lock_wait_ms);
    std::unique_ptr<StoreFile> file{new StoreFile(path, std::move(*database))};
    if (const auto prepared = file->prepare(now, again); !prepared)
        return tl::unexpected(prepared.error());
    return file;
}

StoreResult<void> StoreFile::prepare(TimePoint now, bool again) {
    // Asked first, so that nothing of another program's database is changed.
    if (auto known = known_version(database_); !known) return tl::unexpected(known.error());
    // auto_vacuum only takes effect before the first table. NORMAL: a power cut may cost the last
    // transactions, never the database. The limit truncates a log that a long reader let grow.
    if (auto set = database_.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; "
                                 "PRAGMA synchronous = NORMAL; "
                                 "PRAGMA journal_size_limit = 16777216; "
                                 "PRAGMA trusted_schema = OFF");
        !set) {
        return set;
    }
    if (auto migrated = migrate(database_, store_migrations()); !migrated) return migrated;
    database_.keep_wal_files();
    const auto prepare_one = [&](std::optional<Statement>& into,
                                 std::string_view sql) -> StoreResult<void> {
        auto statement = database_.prepare(sql);
        if (!statement) return tl::unexpected(statement.error());
        into.emplace(std::move(*statement));
        return {};
    };
    for (auto [into, sql] :
         {std::pair{&insert_, insert_decisions(1)},
          std::pair{&insert_many_, insert_decisions(rows_a_statement)},
          std::pair{&add_, std::string{"UPDATE decision SET count = count + 1, "
                                       "last = max(last, ?2) WHERE id = ?1"}},
          std::pair{&reference_, std::string{"INSERT OR IGNORE INTO collapsed "
                                             "(decision, ref) VALUES (?1, ?2)"}}}) {
        if (auto prepared = prepare_one(*into, sql); !prepared) return prepared;
    }
    auto transaction = Transaction::begin(database_);
    if (!transaction) return tl::unexpected(transaction.error());
    const auto unended = database_.number("SELECT count(*) FROM writer WHERE ended IS NULL");
    const auto last = database_.number(
        "SELECT max(coalesce((SELECT max(begun) FROM writer WHERE ended IS NULL), 0), "
        "coalesce((SELECT last FROM decision ORDER BY id DESC LIMIT 1), 0))");
    if (!unended || !last) return tl::unexpected(unended ? last.error() : unended.error());
    if (*unended > 0 && !again) {
        const StoreGap gap{.from = TimePoint{std::chrono::seconds{*last}},
                           .until = now,
                           .count = std::nullopt,
                           .reason = "relaypermitd ended before it could store them"};
        if (auto noted = note(gap); !noted) return noted;
    }
    const std::string at = std::to_string(seconds(now));
    if (auto begun =
            database_.run("UPDATE writer SET ended = " + at +
                          " WHERE ended IS NULL; INSERT INTO writer (begun) VALUES (" + at + ")");
        !begun) {
        return begun;
    }
    writer_row_ = database_.last_row();
    if (auto committed = transaction->commit(); !committed) return committed;
    for (std::size_t i = 0; i < suffixes.size(); ++i)
        ids_[i] = id_of(path_ + std::string(suffixes[i]));
    return {};
}

StoreFile::~StoreFile() {
    if (ended_) {
        // A failure leaves the row open, and the next start says so.
        static_cast<void>(
            database_.run("UPDATE writer SET ended = " + std::to_string(seconds(*ended_)) +
                          " WHERE id = " + std::to_string(writer_row_)));
    }
}

StoreResult<void> StoreFile::write(const std::vector<Offered>& batch,
                                   const std::vector<StoreGap>& gaps) {
    auto transaction = Transaction::begin(database_);
    if (!transaction) return tl::unexpected(transaction.error());
    StoreResult<void> done;
    for (const StoreGap& gap : gaps)
        if (done = note(gap); !done) return done;
    for (std::span<const Offered> rest{batch}; done && !rest.empty();) {
        // Nearly every decision is an acceptance: those are written several at a time.
        const auto shares = [](const Offered& offered) { return Flood::may_share(offered.record); };
        const auto own =
            static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), shares) - rest.begin());
        done = own > 0 ? write_rows(rest.first(own)) : write_one(rest.front());
        rest = rest.subspan(std::max<std::size_t>(own, 1));
    }
    if (done) done = transaction->commit();
    if (!done) {
        // The rows that it remembers were undone with the transaction.
        flood_.forget();
    }
    return done;
}

StoreResult<void> StoreFile::write_one(const Offered& offered) {
    Flood::Place place = flood_.place(offered.record, offered.time);
    if (place.row != 0) {
        add_->bind(1, place.row).bind(2, seconds(offered.time));
        if (auto added = add_->run(); !added) return added;
        if (database_.changes() > 0) {
            if (!place.keep_reference || offered.record.reference.empty()) return {};
            return reference_->bind(1, place.row).bind_kept(2, offered.record.reference).run();
        }
        flood_.gone(place.row);
        place = flood_.place(offered.record, offered.time);
    }
    bind_decision(*insert_, 0,
                  {.time = offered.time, .last = offered.time, .count = 1, .varied = place.varied},
                  offered.record);
    auto inserted = insert_->run();
    if (inserted) flood_.placed(database_.last_row());
    return inserted;
}

StoreResult<void> StoreFile::write_rows(std::span<const Offered> rows) {
    StoreResult<void> done;
    while (done && !rows.empty()) {
        const bool many = rows.size() >= rows_a_statement;
        Statement& insert = many ? *insert_many_ : *insert_;
        const auto now = rows.first(many ? rows_a_statement : 1);
        for (std::size_t i = 0; i < now.size(); ++i)
            bind_decision(insert, i, {.time = now[i].time, .last = now[i].time}, now[i].record);
        done = insert.run();
        rows = rows.subspan(now.size());
    }
    return done;
}

StoreResult<void> StoreFile::note(const StoreGap& gap) {
    auto statement =
        database_.prepare("INSERT INTO gap (since, until, count, reason) VALUES (?1, ?2, ?3, ?4)");
    if (!statement) return tl::unexpected(statement.error());
    statement->bind(1, seconds(gap.from)).bind(2, seconds(gap.until)).bind(4, gap.reason);
    if (gap.count)
        statement->bind(3, static_cast<std::int64_t>(*gap.count));
    else
        statement->bind_null(3);
    return statement->run();
}

std::optional<StoreFile::FileId> StoreFile::id_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileId{status.st_dev, status.st_ino};
}

StoreFile::Presence StoreFile::presence() const {
    if (id_of(path_) != ids_[0]) return Presence::gone;
    for (std::size_t i = 1; i < suffixes.size(); ++i)
        if (id_of(path_ + std::string(suffixes[i])) != ids_[i]) return Presence::helpers_gone;
    return Presence::here;
}

StoreResult<std::uint64_t> StoreFile::bytes() {
    const auto used = database_.number(
        "SELECT (page_count - freelist_count) * page_size "
        "FROM pragma_page_count, pragma_freelist_count, pragma_page_size");
    if (!used) return tl::unexpected(used.error());
    return static_cast<std::uint64_t>(*used);
}

StoreResult<bool> StoreFile::trim(std::uint32_t keep_days, std::uint64_t max_bytes, TimePoint now) {
    const std::string limit = " LIMIT " + std::to_string(rows_a_step);
    std::string which;
    std::string old;
    if (keep_days > 0) {
        const std::int64_t oldest = seconds(now - std::chrono::days{keep_days});
        old = std::to_string(oldest);
        const auto expired = database_.number(
            "SELECT count(*) FROM (SELECT 1 FROM decision "
            "WHERE time < " +
            old + " LIMIT 1)");
        if (!expired) return tl::unexpected(expired.error());
        if (*expired > 0)
            which = "SELECT id FROM decision WHERE time < " + old + " ORDER BY time" + limit;
    }
    if (which.empty() && max_bytes > 0) {
        const auto have = bytes();
        if (!have) return tl::unexpected(have.error());
        if (*have > max_bytes) which = "SELECT id FROM decision ORDER BY id" + limit;
    }
    bool more = false;
    if (!which.empty()) {
        auto transaction = Transaction::begin(database_);
        if (!transaction) return tl::unexpected(transaction.error());
        if (auto deleted = database_.run("DELETE FROM decision WHERE id IN (" + which + ")");
            !deleted) {
            return tl::unexpected(deleted.error());
        }
        more = database_.changes() > 0;
        if (auto swept =
                database_.run("DELETE FROM collapsed WHERE decision < "
                              "coalesce((SELECT min(id) FROM decision), 9223372036854775807)" +
                              (old.empty() ? std::string{}
                                           : "; DELETE FROM gap WHERE until < " + old +
                                                 "; DELETE FROM writer WHERE ended < " + old));
            !swept) {
            return tl::unexpected(swept.error());
        }
        if (auto committed = transaction->commit(); !committed)
            return tl::unexpected(committed.error());
    }
    const auto free_pages = database_.number("PRAGMA freelist_count");
    if (free_pages && *free_pages > free_pages_kept) {
        if (auto vacuumed =
                database_.run("PRAGMA incremental_vacuum(" + std::to_string(free_pages_kept) + ")");
            !vacuumed) {
            return tl::unexpected(vacuumed.error());
        }
    }
    return more;
}

bool StoreFile::set_aside(const std::string& path) {
    // The header of the file: a magic, and at offset 68 the application id, big-endian
    // (sqlite.org/fileformat.html).
    std::array<char, 72> header{};
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const auto got = ::read(file, header.data(), header.size());
    ::close(file);
    if (got != static_cast<ssize_t>(header.size()) ||
        std::memcmp(header.data(), "SQLite format 3", 16) != 0 ||
        std::memcmp(header.data() + 68, "rlpm", 4) != 0) {
        return false;
    }
    for (const std::string_view suffix : suffixes) {
        const std::string from = path + std::string(suffix);
        const std::string to = path + ".damaged" + std::string(suffix);
        if (std::rename(from.c_str(), to.c_str()) != 0 && suffix.empty()) return false;
    }
    return true;
}

}  // namespace relaypermit

// The only file that knows sqlite3.h.
#include "record/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace relaypermit {
namespace {

// What the daemon's user and group may do with the store; SQLite gives its -wal and -shm files
// the mode of the main file.
constexpr mode_t store_mode = 0640;

StoreTrouble trouble_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return StoreTrouble::locked;
        case SQLITE_FULL:
            return StoreTrouble::full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return StoreTrouble::damaged;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_READONLY:
            return StoreTrouble::unavailable;
        default:
            return StoreTrouble::io;
    }
}

StoreFault fault_of(sqlite3* handle, int code) {
    StoreTrouble trouble = trouble_of(code);
    std::string why = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
    const int system = handle == nullptr ? 0 : sqlite3_system_errno(handle);
    if (system != 0) {
        why += std::string(" (") + std::strerror(system) + ")";
        if (system == ENOSPC || system == EDQUOT) trouble = StoreTrouble::full;
    }
    return {trouble, std::move(why)};
}

// A file name as an SQLite URI (RFC 3986): what has a meaning there is escaped.
std::string uri(const std::string& path, std::string_view parameters) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            const auto byte = static_cast<unsigned char>(c);
            text += '%';
            text += digits[byte >> 4U];
            text += digits[byte & 0x0FU];
        } else {
            text += c;
        }
    }
    return text.append("?").append(parameters);
}

// Made here because SQLite would make it readable by everybody the umask lets.
void create_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, store_mode);
    if (file >= 0) {
        static_cast<void>(::fchmod(file, store_mode));
        ::close(file);
    }
}

}  // namespace

std::string_view to_string(StoreTrouble trouble) {
    switch (trouble) {
        case StoreTrouble::unavailable:
            return "cannot be opened";
        case StoreTrouble::locked:
            return "locked by another process";
        case StoreTrouble::full:
            return "disk full";
        case StoreTrouble::damaged:
            return "damaged";
        case StoreTrouble::older:
            return "written by an older version";
        case StoreTrouble::newer:
            return "written by a newer relaypermit";
        case StoreTrouble::io:
            return "input/output error";
    }
    return "";
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::string_view text) {
    if (text.empty()) return bind_kept(parameter, "");
    // SQLITE_TRANSIENT, whose macro is an old-style cast: SQLite copies the text.
    const auto copies = reinterpret_cast<sqlite3_destructor_type>(-1);
    sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), copies, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_kept(int parameter, std::string_view text) {
    sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
    sqlite3_bind_int64(statement_.get(), parameter, number);
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    sqlite3_bind_null(statement_.get(), parameter);
    return *this;
}

StoreResult<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_.get());
        return false;
    }
    const StoreFault fault = fault_of(sqlite3_db_handle(statement_.get()), code);
    sqlite3_reset(statement_.get());
    return tl::unexpected(fault);
}

StoreResult<void> Statement::run() {
    for (;;) {
        const StoreResult<bool> row = step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return {};
    }
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

std::string_view Statement::text(int column) const {
    const auto* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr
               ? std::string_view{}
               : std::string_view{static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

StoreResult<Database> Database::open(const std::string& path, Access access) {
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    std::string name = path;
    switch (access) {
        case Access::write:
            create_private(path);
            flags |= SQLITE_OPEN_READWRITE;
            name = uri(path, "mode=rw");
            break;
        case Access::read:
            flags |= SQLITE_OPEN_READONLY;
            name = uri(path, "mode=ro&readonly_shm=1");
            break;
        case Access::read_loose:
            flags |= SQLITE_OPEN_READONLY;
            name = uri(path, "mode=ro");
            break;
        case Access::immutable:
            flags |= SQLITE_OPEN_READONLY;
            name = uri(path, "mode=ro&immutable=1");
            break;
    }
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
    Database database{handle};
    if (code != SQLITE_OK) return tl::unexpected(fault_of(handle, code));
    return database;
}

StoreResult<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    Statement prepared{statement};
    if (code != SQLITE_OK) return tl::unexpected(fault_of(handle_.get(), code));
    return prepared;
}

StoreResult<void> Database::run(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return tl::unexpected(fault_of(handle_.get(), code));
    return {};
}

StoreResult<std::int64_t> Database::number(std::string_view sql) {
    StoreResult<Statement> statement = prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    const StoreResult<bool> row = statement->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return tl::unexpected(StoreFault{StoreTrouble::io, "no row"});
    return statement->number(0);
}

std::int64_t Database::last_row() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_.get());
}

void Database::wait_for_locks(int milliseconds) {
    sqlite3_busy_timeout(handle_.get(), milliseconds);
}

void Database::keep_wal_files() {
    int on = 1;
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

StoreResult<Transaction> Transaction::begin(Database& database) {
    // IMMEDIATE: a lock that is not to be had is known now, not in the middle.
    if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun)
        return tl::unexpected(begun.error());
    return Transaction{database};
}

Transaction::~Transaction() {
    if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK"));
}

StoreResult<void> Transaction::commit() {
    StoreResult<void> done = database_->run("COMMIT");
    if (done) database_ = nullptr;
    return done;
}

std::string sqlite_version() {
    return ::sqlite3_libversion();
}

}  // namespace relaypermit

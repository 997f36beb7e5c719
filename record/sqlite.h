// SQLite as values: a connection, a statement, and what may go wrong with either, as the store
// needs to tell it apart. sqlite3.h stays behind this header's .cpp. A connection and its
// statements belong to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace relaypermit {

// What is wrong with a store; decides what is said of it and what the writer does next.
enum class StoreTrouble : std::uint8_t {
    unavailable,  // cannot be opened: no directory, no permission, not a store
    locked,       // another process holds it
    full,         // the disk or the quota
    damaged,      // not a database any more
    newer,        // written by a newer relaypermit
    older,        // written by an older one; only for readers
    io,           // anything else
};
// "disk full", "locked by another process": part of a sentence.
[[nodiscard]] std::string_view to_string(StoreTrouble trouble);

struct StoreFault {
    StoreTrouble trouble{};
    std::string why{};  // SQLite's own words, or ours
};

template <typename Value>
using StoreResult = tl::expected<Value, StoreFault>;

class Statement {
  public:
    // Parameters count from 1. Text may hold any bytes; an empty one is stored as ''.
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, std::int64_t number);
    // Text that stays where it is until the statement has run: not copied.
    Statement& bind_kept(int parameter, std::string_view text);
    Statement& bind_null(int parameter);

    // True: a row is there. False: done. Begins anew by itself after false or a fault; bindings
    // stay.
    [[nodiscard]] StoreResult<bool> step();
    // step() until done.
    [[nodiscard]] StoreResult<void> run();
    // Gives up the rows that are left, so that no read transaction stays open.
    void reset();

    // Of the row that is there; columns count from 0. The view dies with the next step().
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] bool is_null(int column) const;

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
  public:
    enum class Access : std::uint8_t {
        write,       // creates the file where there is none
        read,        // writes nothing, not even the -shm file beside it
        read_loose,  // the same, but makes the -shm and -wal files where they are missing
        immutable,   // looks at the main file alone and takes no lock: nobody may be writing
    };
    [[nodiscard]] static StoreResult<Database> open(const std::string& path, Access access);

    [[nodiscard]] StoreResult<Statement> prepare(std::string_view sql);
    // One or several statements without parameters, rows thrown away.
    [[nodiscard]] StoreResult<void> run(const std::string& sql);
    // The first column of the first row; a fault where there is no row.
    [[nodiscard]] StoreResult<std::int64_t> number(std::string_view sql);

    [[nodiscard]] std::int64_t last_row() const;
    // Rows that the last INSERT, UPDATE or DELETE touched.
    [[nodiscard]] std::int64_t changes() const;
    // How long a lock of another process is waited for.
    void wait_for_locks(int milliseconds);
    // Leaves the -wal and -shm files in place at the end, so that a reader without the right to
    // make them can still open the database.
    void keep_wal_files();

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    explicit Database(sqlite3* handle) : handle_(handle) {}
    std::unique_ptr<sqlite3, Close> handle_;
};

// BEGIN IMMEDIATE ... COMMIT; undone unless commit() succeeded. Dies before its database.
class Transaction {
  public:
    [[nodiscard]] static StoreResult<Transaction> begin(Database& database);
    ~Transaction();
    Transaction(Transaction&& other) noexcept
        : database_(std::exchange(other.database_, nullptr)) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    [[nodiscard]] StoreResult<void> commit();

  private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

// The version in use, for --version.
[[nodiscard]] std::string sqlite_version();

}  // namespace relaypermit

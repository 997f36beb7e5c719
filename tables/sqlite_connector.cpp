#include "tables/sqlite_connector.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "tables/answer_values.h"

namespace relaypermit {

namespace {

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using File = std::pair<dev_t, ino_t>;

std::optional<File> file_at(const std::string& path) {
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) return std::nullopt;
    return File{state.st_dev, state.st_ino};
}

class SqliteConnection final : public ServerConnection {
  public:
    SqliteConnection(const SqliteSettings& settings, File file, sqlite3* database)
        : settings_(settings), file_(file), database_(database) {}

    ConnectorResult<void> prepare(const Deadline& deadline) {
        end_at(deadline);
        sqlite3_stmt* statement = nullptr;
        const std::string& text = settings_.query.text;
        if (sqlite3_prepare_v3(database_.get(), text.c_str(), static_cast<int>(text.size() + 1),
                               SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
            return failed();
        statement_.reset(statement);
        if (sqlite3_stmt_readonly(statement) == 0)
            return fault(ConnectorFault::Of::query, "the query would change the database");
        if (sqlite3_column_count(statement) != 1)
            return fault(ConnectorFault::Of::query,
                         "the query has " + std::to_string(sqlite3_column_count(statement)) +
                             " columns, and one is wanted");
        return {};
    }

    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& deadline) override {
        end_at(deadline);
        sqlite3_stmt* const statement = statement_.get();
        int parameter = 0;
        for (const Placeholder placeholder : settings_.query.parameters) {
            const std::string& value = value_of(placeholder, values);
            if (sqlite3_bind_text(statement, ++parameter, value.data(),
                                  static_cast<int>(value.size()), SQLITE_STATIC) != SQLITE_OK)
                return failed();
        }
        AnswerValues found;
        int step = SQLITE_ROW;
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
            const auto* const text =
                reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
            const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(statement, 0));
            if (auto taken = text == nullptr ? found.add_row() : found.add({text, bytes}); !taken)
                return tl::make_unexpected(std::move(taken.error()));
        }
        if (step != SQLITE_DONE) return failed();
        // The values it was bound to are the caller's.
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return found.take();
    }

    bool is_usable() override { return file_at(settings_.path) == file_; }

  private:
    void end_at(const Deadline& deadline) {
        deadline_ = deadline;
        // Below the deadline, so that it is said who holds the database up.
        sqlite3_busy_timeout(database_.get(), std::max(1, deadline.remaining_ms() * 4 / 5));
        constexpr int steps = 1000;  // of SQLite's machine; some microseconds
        sqlite3_progress_handler(
            database_.get(), steps,
            [](void* self) {
                return static_cast<SqliteConnection*>(self)->deadline_.passed() ? 1 : 0;
            },
            this);
    }

    [[nodiscard]] tl::unexpected<ConnectorFault> failed() {
        std::string words = sqlite3_errmsg(database_.get());
        switch (sqlite3_errcode(database_.get()) & 0xFF) {
            case SQLITE_ERROR:
                return fault(ConnectorFault::Of::query, "the query: " + words);
            case SQLITE_INTERRUPT:
                return tl::make_unexpected(timed_out("in the query"));
            case SQLITE_BUSY:
                return fault(ConnectorFault::Of::timeout,
                             "another process has the database locked");
            default:
                return fault(ConnectorFault::Of::connection, "`" + settings_.path + "`: " + words);
        }
    }

    const SqliteSettings& settings_;
    const File file_;
    Deadline deadline_{std::chrono::milliseconds(0)};
    std::unique_ptr<sqlite3, Close> database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_{};
};

class SqliteConnector final : public Connector {
  public:
    explicit SqliteConnector(SqliteSettings settings) : settings_(std::move(settings)) {}

    ConnectorResult<std::unique_ptr<ServerConnection>> connect(const std::string& /*password*/,
                                                               const Deadline& deadline) override {
        const std::optional<File> file = file_at(settings_.path);
        if (!file)
            return fault(ConnectorFault::Of::connection,
                         "`" + settings_.path + "`: " + std::strerror(errno));
        sqlite3* database = nullptr;
        const int opened = sqlite3_open_v2(settings_.path.c_str(), &database,
                                           SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
        auto connection = std::make_unique<SqliteConnection>(settings_, *file, database);
        if (opened != SQLITE_OK)
            return fault(ConnectorFault::Of::connection,
                         "`" + settings_.path + "`: " + sqlite3_errmsg(database));
        if (auto prepared = connection->prepare(deadline); !prepared)
            return tl::make_unexpected(std::move(prepared.error()));
        return connection;
    }

  private:
    const SqliteSettings settings_;
};

}  // namespace

std::unique_ptr<Connector> make_sqlite_connector(const SqliteSettings& settings) {
    return std::make_unique<SqliteConnector>(settings);
}

}  // namespace relaypermit

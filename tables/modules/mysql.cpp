// Tables in MariaDB and MySQL, by libmariadb, which speaks to both. By its calls that do not block:
// the timeouts of those that do are whole seconds. What still blocks is the resolver, on a host
// that is given by name. Any thread.
#include <mysql.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tables/answer_values.h"
#include "tables/modules/tls_roots.h"
#include "tables/table_module.h"

namespace relaypermit {
namespace {

using Of = ConnectorFault::Of;

struct Close {
    void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using Handle = std::unique_ptr<MYSQL, Close>;

// Numbers of errors: mysqld_error.h and errmsg.h, which not every package of the library has alike.
tl::unexpected<ConnectorFault> refused(unsigned number, const char* text) {
    const std::string words = text;
    constexpr std::array<unsigned, 2> interrupted = {1969, 3024};  // MariaDB's, MySQL's
    for (const unsigned one : interrupted)
        if (number == one) return tl::make_unexpected(timed_out("in the query: " + words));
    constexpr std::array<unsigned, 4> going = {1040, 1053, 1927,
                                               4031};  // too many, shutdown, killed
    for (const unsigned one : going)
        if (number == one) return fault(Of::connection, words);
    constexpr unsigned first_of_client = 2000;
    constexpr unsigned last_of_client = 2999;
    if (number == 0 || (number >= first_of_client && number <= last_of_client))
        return fault(Of::connection, words);
    constexpr std::array<unsigned, 8> of_query = {1054, 1064, 1142, 1143, 1146, 1305, 1049, 1370};
    for (const unsigned one : of_query)
        if (number == one) return fault(Of::query, "the server does not take the query: " + words);
    return fault(Of::query, words + " (" + std::to_string(number) + ")");
}

// Runs what a call began to its end. Past the deadline the library is told so, and cleans up behind
// itself: nothing of it may stay suspended.
class Waiter {
  public:
    Waiter(MYSQL* handle, const Deadline& deadline) : handle_(handle), deadline_(deadline) {}

    template <class Continue>
    void finish(int status, Continue go_on) {
        while (status != 0) status = go_on(wait(status));
    }
    [[nodiscard]] bool timed_out() const { return timed_out_; }

  private:
    int wait(int wanted) {
        int events = 0;
        if ((wanted & MYSQL_WAIT_READ) != 0) events |= POLLIN;
        if ((wanted & MYSQL_WAIT_WRITE) != 0) events |= POLLOUT;
        if ((wanted & MYSQL_WAIT_EXCEPT) != 0) events |= POLLPRI;
        if (!timed_out_ &&
            deadline_.wait(static_cast<int>(mysql_get_socket(handle_)), static_cast<short>(events)))
            return wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT);
        timed_out_ = true;
        return MYSQL_WAIT_TIMEOUT;
    }

    MYSQL* const handle_;
    const Deadline& deadline_;
    bool timed_out_{};
};

class MysqlConnection final : public ServerConnection {
  public:
    MysqlConnection(const SqlQuery& query, Handle handle)
        : query_(query), handle_(std::move(handle)) {}
    ~MysqlConnection() override {
        // With its connection, so that nothing is said to a server that may not listen.
        handle_.reset();
        if (statement_ != nullptr) mysql_stmt_close(statement_);
    }
    MysqlConnection(const MysqlConnection&) = delete;
    MysqlConnection& operator=(const MysqlConnection&) = delete;

    ConnectorResult<void> run(const std::string& statement, const Deadline& deadline) {
        Waiter waiter(handle_.get(), deadline);
        int failed = 0;
        waiter.finish(
            mysql_real_query_start(&failed, handle_.get(), statement.data(), statement.size()),
            [&](int ready) { return mysql_real_query_cont(&failed, handle_.get(), ready); });
        if (waiter.timed_out()) return tl::make_unexpected(timed_out("connecting to the server"));
        if (failed != 0) return refused(mysql_errno(handle_.get()), mysql_error(handle_.get()));
        return {};
    }

    ConnectorResult<void> prepare(const Deadline& deadline) {
        statement_ = mysql_stmt_init(handle_.get());
        if (statement_ == nullptr) return fault(Of::connection, "no memory for a statement");
        Waiter waiter(handle_.get(), deadline);
        int failed = 0;
        waiter.finish(
            mysql_stmt_prepare_start(&failed, statement_, query_.text.data(), query_.text.size()),
            [&](int ready) { return mysql_stmt_prepare_cont(&failed, statement_, ready); });
        if (auto done = finished(waiter, failed); !done) return done;
        if (mysql_stmt_param_count(statement_) != query_.parameters.size())
            return fault(Of::query, "the server finds other placeholders in the query");
        if (mysql_stmt_field_count(statement_) != 1)
            return fault(Of::query, "the query has " +
                                        std::to_string(mysql_stmt_field_count(statement_)) +
                                        " columns, and one is wanted");
        return {};
    }

    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& deadline) override {
        std::vector<MYSQL_BIND> parameters(query_.parameters.size(), MYSQL_BIND{});
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const std::string& value = value_of(query_.parameters[i], values);
            parameters[i].buffer_type = MYSQL_TYPE_STRING;
            // Only read; the type is for results too.
            parameters[i].buffer = const_cast<char*>(value.data());
            parameters[i].buffer_length = value.size();
        }
        if (mysql_stmt_bind_param(statement_, parameters.data()) != 0)
            return fault(Of::query, mysql_stmt_error(statement_));
        Waiter waiter(handle_.get(), deadline);
        int failed = 0;
        waiter.finish(mysql_stmt_execute_start(&failed, statement_), [&](int ready) {
            return mysql_stmt_execute_cont(&failed, statement_, ready);
        });
        if (auto done = finished(waiter, failed); !done) return tl::make_unexpected(done.error());
        return rows(waiter);
    }

    // A server that ended has said so.
    bool is_usable() override {
        pollfd one{static_cast<int>(mysql_get_socket(handle_.get())), POLLIN, 0};
        return ::poll(&one, 1, 0) == 0;
    }

  private:
    [[nodiscard]] ConnectorResult<void> finished(const Waiter& waiter, int failed) const {
        if (waiter.timed_out())
            return tl::make_unexpected(timed_out("waiting for the server's answer"));
        if (failed != 0) return refused(mysql_stmt_errno(statement_), mysql_stmt_error(statement_));
        return {};
    }

    // Row by row as they come: the library would keep all of them.
    ConnectorResult<std::vector<std::string>> rows(Waiter& waiter) {
        constexpr std::size_t max_value_bytes = 8192;
        std::string buffer(max_value_bytes, '\0');
        unsigned long length = 0;
        my_bool is_null = 0;
        MYSQL_BIND column{};
        column.buffer_type = MYSQL_TYPE_STRING;
        column.buffer = buffer.data();
        column.buffer_length = buffer.size();
        column.length = &length;
        column.is_null = &is_null;
        if (mysql_stmt_bind_result(statement_, &column) != 0)
            return fault(Of::query, mysql_stmt_error(statement_));
        AnswerValues found;
        while (true) {
            int fetched = 0;
            waiter.finish(mysql_stmt_fetch_start(&fetched, statement_), [&](int ready) {
                return mysql_stmt_fetch_cont(&fetched, statement_, ready);
            });
            if (fetched == MYSQL_NO_DATA && !waiter.timed_out()) break;
            const bool is_row = fetched == 0 || fetched == MYSQL_DATA_TRUNCATED;
            if (auto done = finished(waiter, is_row ? 0 : fetched); !done)
                return tl::make_unexpected(std::move(done.error()));
            if (is_null == 0 && length > max_value_bytes)
                return fault(Of::query,
                             "a value of more than " + std::to_string(max_value_bytes) + " bytes");
            if (auto taken = is_null != 0 ? found.add_row() : found.add({buffer.data(), length});
                !taken)
                return tl::make_unexpected(std::move(taken.error()));
        }
        mysql_stmt_free_result(statement_);
        return found.take();
    }

    const SqlQuery& query_;
    Handle handle_;
    MYSQL_STMT* statement_{};
};

class MysqlConnector final : public Connector {
  public:
    MysqlConnector(MysqlSettings settings, std::uint32_t timeout_ms)
        : settings_(std::move(settings)), timeout_ms_(timeout_ms) {}

    ConnectorResult<std::unique_ptr<ServerConnection>> connect(const std::string& password,
                                                               const Deadline& deadline) override {
        Handle handle(mysql_init(nullptr));
        if (!handle) return fault(Of::connection, "no memory for a connection");
        const bool tls = settings_.server.wants_tls();
        set_options(handle.get(), tls);
        const TableUrl& url = settings_.server.url;
        Waiter waiter(handle.get(), deadline);
        MYSQL* connected = nullptr;
        waiter.finish(
            mysql_real_connect_start(&connected, handle.get(),
                                     url.socket.empty() ? url.host.c_str() : nullptr,
                                     url.user.c_str(), password.c_str(), url.path.c_str(), url.port,
                                     url.socket.empty() ? nullptr : url.socket.c_str(), 0),
            [&](int ready) { return mysql_real_connect_cont(&connected, handle.get(), ready); });
        if (waiter.timed_out()) return tl::make_unexpected(timed_out("connecting to the server"));
        if (connected == nullptr)
            return refused(mysql_errno(handle.get()), mysql_error(handle.get()));
        if (tls && mysql_get_ssl_cipher(handle.get()) == nullptr)
            return fault(Of::connection, "the server has no TLS");
        const bool mariadb =
            std::string_view(mysql_get_server_info(handle.get())).find("MariaDB") !=
            std::string_view::npos;
        auto made = std::make_unique<MysqlConnection>(settings_.query, std::move(handle));
        // What nobody waits for any more must not go on. Later than the deadline: where the server
        // interrupts SLEEP() or BENCHMARK(), they answer as if they were done.
        constexpr std::uint32_t later_ms = 1000;
        const std::string most_ms = std::to_string(timeout_ms_ + later_ms);
        const std::string limit = mariadb ? "SET SESSION max_statement_time=" + most_ms + "/1000"
                                          : "SET SESSION max_execution_time=" + most_ms;
        if (auto ran = made->run(limit, deadline); !ran)
            return tl::make_unexpected(std::move(ran.error()));
        if (auto prepared = made->prepare(deadline); !prepared)
            return tl::make_unexpected(std::move(prepared.error()));
        return made;
    }

  private:
    void set_options(MYSQL* handle, bool tls) const {
        mysql_options(handle, MYSQL_OPT_NONBLOCK, nullptr);
        // A host `localhost` would be a socket at a path of the library's own.
        const unsigned protocol =
            settings_.server.url.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
        mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
        mysql_options(handle, MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION READ ONLY");
        // A row that is larger ends the connection before it is read.
        const std::size_t most_bytes = 2 * AnswerValues::max_bytes;
        mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &most_bytes);
        const unsigned no_files = 0;
        mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files);
        // Enforced alone, it goes on in clear text with a server that has none: 3.3.20 and 3.4.10.
        const my_bool wanted = tls ? 1 : 0;
        mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &wanted);
        mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &wanted);
        if (tls) mysql_options(handle, MYSQL_OPT_SSL_CA, tls_roots(settings_.server).c_str());
    }

    const MysqlSettings settings_;
    const std::uint32_t timeout_ms_;
};

MadeConnector make(const TableSettings& settings) {
    // Before the threads that ask.
    static std::once_flag once;
    static int failed = 0;
    std::call_once(once, [] { failed = mysql_library_init(0, nullptr, nullptr); });
    if (failed != 0) return tl::make_unexpected(std::string("libmariadb cannot be initialized"));
    return std::make_unique<MysqlConnector>(std::get<MysqlSettings>(settings.of_kind),
                                            settings.timeout_ms);
}

}  // namespace
}  // namespace relaypermit

const relaypermit::TableModule relaypermit_table_module = {RELAYPERMIT_MODULE_VERSION,
                                                           relaypermit::make};

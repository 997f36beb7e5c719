// Tables in PostgreSQL, by libpq's calls that do not block: those that do have no deadline, or one
// of whole seconds. What still blocks is the resolver, on a host that is given by name. Any thread.
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tables/answer_values.h"
#include "tables/modules/tls_roots.h"
#include "tables/table_module.h"

namespace relaypermit {
namespace {

using Of = ConnectorFault::Of;

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Handle = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Clear>;

// libpq's words, which end in line breaks.
std::string in_words(const char* text) {
    std::string words = text == nullptr ? "" : text;
    while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) words.pop_back();
    std::replace(words.begin(), words.end(), '\n', ' ');
    return words;
}

class PostgresqlConnection final : public ServerConnection {
  public:
    PostgresqlConnection(const SqlQuery& query, Handle handle)
        : query_(query),
          statement_("relaypermit_" + std::to_string(std::hash<std::string>{}(query.text))),
          handle_(std::move(handle)) {}

    // By name, so that each lookup costs one message each way and no planning.
    ConnectorResult<void> prepare(const Deadline& deadline) {
        if (PQsendPrepare(handle_.get(), statement_.c_str(), query_.text.c_str(), 0, nullptr) == 0)
            return fault(Of::connection, in_words(PQerrorMessage(handle_.get())));
        return finish(deadline, [](const PGresult*) { return ConnectorResult<void>(); });
    }

    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& deadline) override {
        std::vector<const char*> parameters;
        for (const Placeholder placeholder : query_.parameters)
            parameters.push_back(value_of(placeholder, values).c_str());
        if (PQsendQueryPrepared(handle_.get(), statement_.c_str(),
                                static_cast<int>(parameters.size()), parameters.data(), nullptr,
                                nullptr, 0) == 0)
            return fault(Of::connection, in_words(PQerrorMessage(handle_.get())));
        // Row by row as they come: the library would keep all of them. Of a single row, however
        // large, it shows nothing before it has the whole of it.
        PQsetSingleRowMode(handle_.get());
        AnswerValues found;
        auto answered = finish(deadline, [&](const PGresult* rows) -> ConnectorResult<void> {
            if (PQnfields(rows) != 1)
                return fault(Of::query, "the query has " + std::to_string(PQnfields(rows)) +
                                            " columns, and one is wanted");
            for (int row = 0; row < PQntuples(rows); ++row) {
                const std::string_view value(PQgetvalue(rows, row, 0),
                                             static_cast<std::size_t>(PQgetlength(rows, row, 0)));
                auto taken = PQgetisnull(rows, row, 0) != 0 ? found.add_row() : found.add(value);
                if (!taken) return taken;
            }
            return {};
        });
        if (!answered) return tl::make_unexpected(std::move(answered.error()));
        return found.take();
    }

    // A server that ended has said so.
    bool is_usable() override {
        pollfd one{PQsocket(handle_.get()), POLLIN, 0};
        return ::poll(&one, 1, 0) == 0;
    }

  private:
    // Hands on each result of what was sent, until the server is ready for more or there was an
    // error.
    template <typename Take>
    ConnectorResult<void> finish(const Deadline& deadline, Take take) {
        PGconn* const handle = handle_.get();
        bool any = false;
        while (true) {
            if (auto ready = wait_for_result(deadline); !ready) return ready;
            const Result next(PQgetResult(handle));
            if (!next) break;
            const ExecStatusType status = PQresultStatus(next.get());
            if (status != PGRES_TUPLES_OK && status != PGRES_SINGLE_TUPLE &&
                status != PGRES_COMMAND_OK)
                return refused(next.get());
            if (auto taken = take(next.get()); !taken) return taken;
            any = true;
        }
        if (!any) return fault(Of::connection, in_words(PQerrorMessage(handle)));
        return {};
    }

    ConnectorResult<void> wait_for_result(const Deadline& deadline) {
        PGconn* const handle = handle_.get();
        while (true) {
            const int left = PQflush(handle);
            if (left < 0) return fault(Of::connection, in_words(PQerrorMessage(handle)));
            if (left == 0 && PQisBusy(handle) == 0) return {};
            const auto events = static_cast<short>(left > 0 ? POLLIN | POLLOUT : POLLIN);
            if (!deadline.wait(PQsocket(handle), events))
                return tl::make_unexpected(timed_out("waiting for PostgreSQL's answer"));
            if (PQconsumeInput(handle) == 0)
                return fault(Of::connection, in_words(PQerrorMessage(handle)));
        }
    }

    // By the class of its SQLSTATE (PostgreSQL's appendix A).
    [[nodiscard]] tl::unexpected<ConnectorFault> refused(const PGresult* result) const {
        const char* const field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const std::string state = field == nullptr ? "" : field;
        const char* const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        std::string words = in_words(primary == nullptr ? PQerrorMessage(handle_.get()) : primary);
        if (state == "57014") return tl::make_unexpected(timed_out("in the query: " + words));
        if (state.empty() || state.starts_with("08") || state.starts_with("57P"))
            return fault(Of::connection, "PostgreSQL: " + words);
        if (state == "42P18") words += " (say of which: :login::text)";
        if (state.starts_with("42"))
            return fault(Of::query, "PostgreSQL does not take the query: " + words);
        return fault(Of::query, "PostgreSQL: " + words + " (" + state + ")");
    }

    const SqlQuery& query_;
    // Of this query alone: behind a pooler, others may be prepared on the same connection.
    const std::string statement_;
    Handle handle_;
};

class PostgresqlConnector final : public Connector {
  public:
    PostgresqlConnector(PostgresqlSettings settings, std::uint32_t timeout_ms)
        : settings_(std::move(settings)), timeout_ms_(timeout_ms) {}

    ConnectorResult<std::unique_ptr<ServerConnection>> connect(const std::string& password,
                                                               const Deadline& deadline) override {
        Handle handle = start(password);
        if (!handle) return fault(Of::connection, "no memory for a connection");
        PGconn* const connection = handle.get();
        PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
        while (PQstatus(connection) != CONNECTION_BAD && wanted != PGRES_POLLING_OK &&
               wanted != PGRES_POLLING_FAILED) {
            const short events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
            if (!deadline.wait(PQsocket(connection), events))
                return tl::make_unexpected(timed_out("connecting to PostgreSQL"));
            wanted = PQconnectPoll(connection);
        }
        if (PQstatus(connection) != CONNECTION_OK)
            return fault(Of::connection, in_words(PQerrorMessage(connection)));
        if (PQsetnonblocking(connection, 1) != 0)
            return fault(Of::connection, in_words(PQerrorMessage(connection)));
        auto made = std::make_unique<PostgresqlConnection>(settings_.query, std::move(handle));
        if (auto prepared = made->prepare(deadline); !prepared)
            return tl::make_unexpected(std::move(prepared.error()));
        return made;
    }

  private:
    // Every setting that counts is named, so that neither the environment nor a service file adds
    // its own; only the server may say otherwise.
    [[nodiscard]] Handle start(const std::string& password) const {
        const TableUrl& url = settings_.server.url;
        const std::string none = "/nonexistent";
        const bool tls = settings_.server.wants_tls();
        const std::string port = std::to_string(url.port == 0 ? 5432 : url.port);
        // With roots, "prefer" would go on in clear text where the certificate is not theirs.
        const std::string roots = tls ? tls_roots(settings_.server) : none;
        // A statement that the client no longer waits for must not go on.
        const std::string options = "-c statement_timeout=" + std::to_string(timeout_ms_) +
                                    " -c default_transaction_read_only=on";
        const std::string tcp_timeout = std::to_string(timeout_ms_);
        const std::vector<std::pair<const char*, std::string>> settings = {
            {"host", url.socket.empty() ? url.host : url.socket},
            {"hostaddr", ""},
            {"port", port},
            {"dbname", url.path},
            {"user", url.user},
            {"password", password},
            {"passfile", none},
            {"sslmode", tls ? "verify-full" : "prefer"},
            {"sslrootcert", roots},
            {"sslcert", none},
            {"sslkey", none},
            {"gssencmode", "disable"},
            {"client_encoding", "UTF8"},
            {"application_name", "relaypermit"},
            {"options", options},
            {"tcp_user_timeout", tcp_timeout},
        };
        std::vector<const char*> keys;
        std::vector<const char*> values;
        for (const auto& [key, value] : settings) {
            keys.push_back(key);
            values.push_back(value.c_str());
        }
        keys.push_back(nullptr);
        values.push_back(nullptr);
        return Handle(PQconnectStartParams(keys.data(), values.data(), 0));
    }

    const PostgresqlSettings settings_;
    const std::uint32_t timeout_ms_;
};

MadeConnector make(const TableSettings& settings) {
    return std::make_unique<PostgresqlConnector>(std::get<PostgresqlSettings>(settings.of_kind),
                                                 settings.timeout_ms);
}

}  // namespace
}  // namespace relaypermit

const relaypermit::TableModule relaypermit_table_module = {RELAYPERMIT_MODULE_VERSION,
                                                           relaypermit::make};

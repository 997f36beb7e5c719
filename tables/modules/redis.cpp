// Tables in Redis and Valkey, in the second version of their protocol (RESP2), which both speak and
// which is shorter written than bound to: hiredis has no deadline for an answer in pieces, raises
// SIGPIPE, and no TLS on Debian 12. Any thread.
#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tables/answer_values.h"
#include "tables/modules/tls_stream.h"
#include "tables/table_module.h"

namespace relaypermit {
namespace {

using Of = ConnectorFault::Of;

// A command, every argument by its length.
std::string as_request(const std::vector<std::string>& arguments) {
    std::string text = "*" + std::to_string(arguments.size()) + "\r\n";
    for (const std::string& argument : arguments)
        text += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
    return text;
}

constexpr std::size_t max_line_bytes = 1024;
constexpr std::int64_t max_value_bytes = 65'536;

class RedisConnection final : public ServerConnection {
  public:
    RedisConnection(const RedisSettings& settings, std::unique_ptr<Stream> stream)
        : settings_(settings), stream_(std::move(stream)) {}

    // Logs in and chooses the database, in one go.
    ConnectorResult<void> begin(const std::string& password, const Deadline& deadline) {
        std::string request;
        int answers = 0;
        const TableUrl& url = settings_.server.url;
        if (!password.empty()) {
            request += url.user.empty() ? as_request({"AUTH", password})
                                        : as_request({"AUTH", url.user, password});
            ++answers;
        }
        if (!url.path.empty() && url.path != "0") {
            request += as_request({"SELECT", url.path});
            ++answers;
        }
        if (auto sent = stream_->send(request, deadline); !sent) return sent;
        for (; answers > 0; --answers)
            if (auto answer = read(deadline); !answer)
                return tl::make_unexpected(std::move(answer.error()));
        return {};
    }

    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& deadline) override {
        std::vector<std::string> arguments;
        for (const PlaceholderText& text : settings_.command) {
            std::string argument;
            for (const PlaceholderText::Piece& piece : text.pieces) {
                argument += piece.literal;
                if (piece.behind) argument += value_of(*piece.behind, values);
            }
            arguments.push_back(std::move(argument));
        }
        if (auto sent = stream_->send(as_request(arguments), deadline); !sent)
            return tl::make_unexpected(std::move(sent.error()));
        return read(deadline);
    }

    bool is_usable() override { return reader_.is_empty() && stream_->is_quiet(); }

  private:
    // An answer: its values, none for nil.
    ConnectorResult<std::vector<std::string>> read(const Deadline& deadline) {
        AnswerValues values;
        auto length = read_one(deadline, values);
        if (!length) return tl::make_unexpected(std::move(length.error()));
        for (std::int64_t left = *length; left > 0; --left) {
            auto within = read_one(deadline, values);
            if (!within) return tl::make_unexpected(std::move(within.error()));
            if (*within > 0)
                return fault(Of::query, "Redis answers with lists in a list, which hold no values");
        }
        return values.take();
    }

    // A value, which is added; or the head of a list, of which the length is returned.
    ConnectorResult<std::int64_t> read_one(const Deadline& deadline, AnswerValues& values) {
        auto line = reader_.until("\r\n", max_line_bytes, deadline);
        if (!line) return tl::make_unexpected(std::move(line.error()));
        const char type = line->empty() ? '\0' : line->front();
        const std::string rest = line->empty() ? "" : line->substr(1);
        if (type == '+' || type == ':') {
            if (auto added = values.add(rest); !added)
                return tl::make_unexpected(std::move(added.error()));
            return 0;
        }
        if (type == '-') return refused(rest);
        std::int64_t length = 0;
        const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
        const bool sound = error == std::errc() && stop == rest.data() + rest.size();
        if ((type != '$' && type != '*') || !sound || length < -1)
            return fault(Of::connection, "the server does not speak the protocol of Redis");
        if (length == -1) return 0;
        if (type == '*') {
            if (length > static_cast<std::int64_t>(AnswerValues::max_rows))
                return AnswerValues::too_many();
            return length;
        }
        if (length > max_value_bytes)
            return fault(Of::query,
                         "a value of more than " + std::to_string(max_value_bytes) + " bytes");
        auto value = reader_.bytes(static_cast<std::size_t>(length) + 2, deadline);
        if (!value) return tl::make_unexpected(std::move(value.error()));
        value->resize(static_cast<std::size_t>(length));
        if (auto added = values.add(*value); !added)
            return tl::make_unexpected(std::move(added.error()));
        return 0;
    }

    // "WRONGTYPE Operation against a key ...": the first word says what it is.
    static tl::unexpected<ConnectorFault> refused(const std::string& words) {
        const std::string_view code = std::string_view(words).substr(0, words.find(' '));
        if (code == "MOVED" || code == "ASK")
            return fault(Of::query, "another node of the cluster has the key: " + words);
        if (code == "WRONGTYPE" || code == "ERR" || code == "NOPERM")
            return fault(Of::query, "Redis does not take the command: " + words);
        return fault(Of::query, "Redis: " + words);
    }

    const RedisSettings& settings_;
    const std::unique_ptr<Stream> stream_;
    StreamReader reader_{*stream_};
};

class RedisConnector final : public Connector {
  public:
    RedisConnector(RedisSettings settings, TlsContext tls)
        : settings_(std::move(settings)), tls_(std::move(tls)) {}

    ConnectorResult<std::unique_ptr<ServerConnection>> connect(const std::string& password,
                                                               const Deadline& deadline) override {
        const TableUrl& url = settings_.server.url;
        constexpr std::uint16_t usual_port = 6379;
        auto stream = url.socket.empty()
                          ? connect_tcp(url.host, url.port == 0 ? usual_port : url.port, deadline)
                          : connect_unix(url.socket, deadline);
        if (stream && tls_) stream = start_tls(*std::move(stream), tls_.get(), url.host, deadline);
        if (!stream) return tl::make_unexpected(std::move(stream.error()));
        auto made = std::make_unique<RedisConnection>(settings_, *std::move(stream));
        if (auto begun = made->begin(password, deadline); !begun)
            return tl::make_unexpected(std::move(begun.error()));
        return made;
    }

  private:
    const RedisSettings settings_;
    const TlsContext tls_;  // null: in clear text
};

MadeConnector make(const TableSettings& settings) {
    const auto& redis = std::get<RedisSettings>(settings.of_kind);
    TlsContext tls;
    if (redis.server.url.scheme == "rediss") {
        auto made = make_tls_context(redis.server);
        if (!made) return tl::make_unexpected(std::move(made.error()));
        tls = *std::move(made);
    }
    return std::make_unique<RedisConnector>(redis, std::move(tls));
}

}  // namespace
}  // namespace relaypermit

const relaypermit::TableModule relaypermit_table_module = {RELAYPERMIT_MODULE_VERSION,
                                                           relaypermit::make};

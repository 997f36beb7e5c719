#include "tables/socketmap_connector.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tables/stream.h"

namespace relaypermit {

namespace {

using Of = ConnectorFault::Of;

constexpr std::size_t max_answer_bytes = 100'000;  // Postfix's own limit: socketmap_max_reply_size

class SocketmapConnection final : public ServerConnection {
  public:
    SocketmapConnection(const SocketmapSettings& settings, std::unique_ptr<Stream> stream)
        : settings_(settings), stream_(std::move(stream)) {}

    ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                  const Deadline& deadline) override {
        const std::string asked = settings_.name + " " + value_of(Placeholder::login, values);
        if (auto sent = stream_->send(std::to_string(asked.size()) + ":" + asked + ",", deadline);
            !sent)
            return tl::make_unexpected(std::move(sent.error()));
        auto answer = netstring(deadline);
        if (!answer) return tl::make_unexpected(std::move(answer.error()));
        const std::size_t blank = std::min(answer->find(' '), answer->size());
        const std::string word = answer->substr(0, blank);
        std::string rest = blank < answer->size() ? answer->substr(blank + 1) : "";
        if (word == "OK" && !rest.empty()) return std::vector<std::string>{std::move(rest)};
        // To Postfix this is an error of configuration.
        if (word == "OK") return fault(Of::query, "the server answers OK with nothing");
        if (word == "NOTFOUND") return std::vector<std::string>{};
        if (word == "TEMP" || word == "TIMEOUT" || word == "PERM")
            return fault(Of::query, "the server says " + word + (rest.empty() ? "" : ": " + rest));
        return no_protocol();
    }

    bool is_usable() override { return reader_.is_empty() && stream_->is_quiet(); }

  private:
    [[nodiscard]] static tl::unexpected<ConnectorFault> no_protocol() {
        return fault(Of::connection, "the server does not speak the socketmap protocol");
    }

    // "5:hello,"
    ConnectorResult<std::string> netstring(const Deadline& deadline) {
        constexpr std::size_t max_digits = 9;
        auto digits = reader_.until(":", max_digits, deadline);
        if (!digits) return digits;
        std::size_t length = 0;
        const auto [stop, error] =
            std::from_chars(digits->data(), digits->data() + digits->size(), length);
        if (error != std::errc() || stop != digits->data() + digits->size()) return no_protocol();
        if (length > max_answer_bytes)
            return fault(Of::query,
                         "an answer of more than " + std::to_string(max_answer_bytes) + " bytes");
        auto text = reader_.bytes(length + 1, deadline);
        if (!text) return text;
        if (text->back() != ',') return no_protocol();
        text->pop_back();
        return text;
    }

    const SocketmapSettings& settings_;
    const std::unique_ptr<Stream> stream_;
    StreamReader reader_{*stream_};
};

class SocketmapConnector final : public Connector {
  public:
    explicit SocketmapConnector(SocketmapSettings settings) : settings_(std::move(settings)) {}

    ConnectorResult<std::unique_ptr<ServerConnection>> connect(const std::string& /*password*/,
                                                               const Deadline& deadline) override {
        auto stream = settings_.socket.empty()
                          ? connect_tcp(settings_.host, settings_.port, deadline)
                          : connect_unix(settings_.socket, deadline);
        if (!stream) return tl::make_unexpected(std::move(stream.error()));
        return std::make_unique<SocketmapConnection>(settings_, *std::move(stream));
    }

  private:
    const SocketmapSettings settings_;
};

}  // namespace

std::unique_ptr<Connector> make_socketmap_connector(const SocketmapSettings& settings) {
    return std::make_unique<SocketmapConnector>(settings);
}

}  // namespace relaypermit

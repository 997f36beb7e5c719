// What a kind of table on a server has to be able to do: connect, and ask one query.
// connector_pool.h keeps the connections, server_table.h makes an alias table of it. Headers of the
// standard library and of config/ alone: modules (open_module.h) are made of it too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/placeholders.h"
#include "tables/deadline.h"

namespace relaypermit {

struct ConnectorFault {
    enum class Of : std::uint8_t {
        connection,  // broken, refused: another one may do
        timeout,     // the deadline passed
        query,  // the server answered, and that with an error: another connection says the same
    };
    Of of{};
    std::string why{};
};

template <typename Value>
using ConnectorResult = tl::expected<Value, ConnectorFault>;

// One thread at a time has it.
class ServerConnection {
  public:
    ServerConnection() = default;
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;
    virtual ~ServerConnection() = default;

    // The values of all rows; none where there is none. After a fault the connection is closed,
    // whatever it was: an answer that comes late would be taken for that to the next query.
    [[nodiscard]] virtual ConnectorResult<std::vector<std::string>> ask(
        const PlaceholderValues& values, const Deadline& deadline) = 0;

    // Whether one that lay idle may be asked, as far as can be told without asking.
    [[nodiscard]] virtual bool is_usable() { return true; }
};

// Any thread.
class Connector {
  public:
    Connector() = default;
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;
    virtual ~Connector() = default;

    // `password` is empty where the policy names no file of one. It is in no message.
    [[nodiscard]] virtual ConnectorResult<std::unique_ptr<ServerConnection>> connect(
        const std::string& password, const Deadline& deadline) = 0;
};

[[nodiscard]] inline tl::unexpected<ConnectorFault> fault(ConnectorFault::Of of, std::string why) {
    return tl::make_unexpected(ConnectorFault{of, std::move(why)});
}

[[nodiscard]] inline ConnectorFault timed_out(std::string what) {
    return {ConnectorFault::Of::timeout, "timed out " + std::move(what)};
}

}  // namespace relaypermit

// The connections of one table: as many as threads ask at once. Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tables/connector.h"

namespace relaypermit {

class ConnectorPool {
  public:
    // One that lay idle for longer is closed: servers and firewalls forget such silently.
    static constexpr std::chrono::seconds max_idle{60};

    // `password_file` is read at every connect, so that a new password needs no restart.
    ConnectorPool(std::unique_ptr<Connector> connector, std::string password_file)
        : connector_(std::move(connector)), password_file_(std::move(password_file)) {}

    // Asks an idle connection or a new one. Once more, and by a new one, only where an idle one
    // turns out to be broken, as after a restart of the server.
    [[nodiscard]] ConnectorResult<std::vector<std::string>> ask(const PlaceholderValues& values,
                                                                const Deadline& deadline);

    // Connects without asking; the connection is kept.
    [[nodiscard]] ConnectorResult<void> try_connect(const Deadline& deadline);

  private:
    struct Idle {
        std::unique_ptr<ServerConnection> connection{};
        Deadline::Clock::time_point since{};
    };
    [[nodiscard]] std::unique_ptr<ServerConnection> take_idle();
    void give_back(std::unique_ptr<ServerConnection> connection);
    [[nodiscard]] ConnectorResult<std::unique_ptr<ServerConnection>> connect(
        const Deadline& deadline);

    const std::unique_ptr<Connector> connector_;
    const std::string password_file_;
    std::mutex mutex_{};
    std::vector<Idle> idle_{};  // guarded by mutex_; the one used last is the last
};

}  // namespace relaypermit

#include "tables/connector_pool.h"

#include <utility>

#include "tables/secret_file.h"

namespace relaypermit {

std::unique_ptr<ServerConnection> ConnectorPool::take_idle() {
    std::vector<Idle> old;  // closed outside the lock, which may take a while
    std::unique_ptr<ServerConnection> connection;
    {
        const std::lock_guard lock(mutex_);
        const auto now = Deadline::Clock::now();
        std::size_t first = 0;
        while (first < idle_.size() && now - idle_[first].since > max_idle) ++first;
        for (std::size_t i = 0; i < first; ++i) old.push_back(std::move(idle_[i]));
        idle_.erase(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(first));
        if (!idle_.empty()) {
            connection = std::move(idle_.back().connection);
            idle_.pop_back();
        }
    }
    return connection;
}

void ConnectorPool::give_back(std::unique_ptr<ServerConnection> connection) {
    const std::lock_guard lock(mutex_);
    idle_.push_back({std::move(connection), Deadline::Clock::now()});
}

ConnectorResult<std::unique_ptr<ServerConnection>> ConnectorPool::connect(
    const Deadline& deadline) {
    std::string password;
    if (!password_file_.empty()) {
        auto read = read_secret(password_file_);
        if (!read)
            return tl::make_unexpected(
                ConnectorFault{ConnectorFault::Of::query, std::move(read.error())});
        password = *std::move(read);
    }
    return connector_->connect(password, deadline);
}

ConnectorResult<void> ConnectorPool::try_connect(const Deadline& deadline) {
    auto connection = connect(deadline);
    if (!connection) return tl::make_unexpected(std::move(connection.error()));
    give_back(*std::move(connection));
    return {};
}

ConnectorResult<std::vector<std::string>> ConnectorPool::ask(const PlaceholderValues& values,
                                                             const Deadline& deadline) {
    while (auto connection = take_idle()) {
        if (!connection->is_usable()) continue;
        auto rows = connection->ask(values, deadline);
        if (rows) give_back(std::move(connection));
        if (rows || rows.error().of != ConnectorFault::Of::connection) return rows;
        break;
    }
    auto connection = connect(deadline);
    if (!connection) return tl::make_unexpected(std::move(connection.error()));
    auto rows = (*connection)->ask(values, deadline);
    if (rows) give_back(*std::move(connection));
    return rows;
}

}  // namespace relaypermit

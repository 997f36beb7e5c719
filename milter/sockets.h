// The sockets of all front ends, opened before any thread starts.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "milter/listener.h"
#include "milter/log.h"

namespace relaypermit {

// The sockets that the settings name. `fault` says why one of them is not to be had.
struct Sockets {
    ListenSettings settings{};
    std::array<std::optional<Listener>, protocols.size()> open{};  // by protocol
    std::optional<ListenFault> fault{};

    [[nodiscard]] std::optional<Listener>& of(Protocol protocol) {
        return open[index_of(protocol)];
    }
    [[nodiscard]] std::vector<int> served() const {
        std::vector<int> fds;
        for (const auto& socket : open)
            if (socket) fds.push_back(socket->fd());
        return fds;
    }
};

// All but the control socket and that of the metrics, which are not to be had at any price.
// `milter`: in the place of the address that the settings have.
[[nodiscard]] Sockets open_sockets(const std::string& milter, const ListenSettings& settings,
                                   const std::vector<InheritedSocket>& inherited);

// nullopt where none is wanted, or, which is said in the log, to be had: any local user can take a
// port, and that must not keep mail from being served.
[[nodiscard]] std::optional<Listener> open_metrics(const ListenSettings& settings,
                                                   const std::vector<InheritedSocket>& inherited,
                                                   Log& log);

}  // namespace relaypermit

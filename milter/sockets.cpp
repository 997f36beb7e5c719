#include "milter/sockets.h"

#include <sysexits.h>

#include <utility>

#include "config/socket_address.h"

namespace relaypermit {

namespace {

// Opens one socket of [listen]; says why not.
tl::expected<Listener, ListenFault> open_listener(const std::string& text,
                                                  const ListenSettings& settings,
                                                  const std::vector<InheritedSocket>& inherited) {
    const auto address = parse_socket_address(text);
    if (!address) return tl::make_unexpected(ListenFault{address.error(), EX_CONFIG});
    return Listener::open(*address, {settings.socket_mode, settings.socket_group}, inherited);
}

}  // namespace

Sockets open_sockets(const std::string& milter, const ListenSettings& settings,
                     const std::vector<InheritedSocket>& inherited) {
    Sockets sockets;
    sockets.settings = settings;
    for (const ProtocolInfo& row : protocols) {
        if (row.protocol == Protocol::control || row.protocol == Protocol::metrics) continue;
        const std::string& text =
            row.protocol == Protocol::milter ? milter : settings[row.protocol];
        if (text.empty()) continue;
        auto opened = open_listener(text, settings, inherited);
        if (!opened) {
            sockets.fault = opened.error();
            break;
        }
        sockets.of(row.protocol) = std::move(*opened);
    }
    return sockets;
}

std::optional<Listener> open_metrics(const ListenSettings& settings,
                                     const std::vector<InheritedSocket>& inherited, Log& log) {
    if (settings[Protocol::metrics].empty()) return std::nullopt;
    auto opened = open_listener(settings[Protocol::metrics], settings, inherited);
    if (opened) return *std::move(opened);
    log.write(LogLevel::error, "no metrics are served: " + opened.error().text);
    return std::nullopt;
}

}  // namespace relaypermit

// What an alias table behind a server of Sendmail's and Postfix's socketmap protocol has beside
// what all tables have. A value; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace relaypermit {

struct SocketmapSettings {
    std::string address{};  // as Postfix writes it: inet:HOST:PORT or unix:PATH
    std::string name{};     // of the map

    std::string host{};    // of `address`, or
    std::uint16_t port{};  //
    std::string socket{};  // the path

    friend bool operator==(const SocketmapSettings&, const SocketmapSettings&) = default;
};

}  // namespace relaypermit

// Takes packets of the milter protocol off a socket with fewer calls of the system.
//
// libmilter reads each packet with two poll() and two read(), and a message has some twenty: its
// header fields alone are ten. But a mail server sends what it wants one answer for in one go. So
// everything that waits is looked at once (MSG_PEEK), and packets are handed out of that copy.
// What was handed out is read from the socket with the last whole packet of the copy, or with the
// first one that may be answered: libmilter asks poll() before each packet, and hears the truth.
//
// One thread, as one of libmilter's workers: it does not put a session away while packets wait,
// and forget() has to be called at the end of each.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace relaypermit {

struct Packet {
    char command{};
    std::string_view data{};  // until next() or forget()
};

class PacketWindow {
  public:
    // The next packet, without waiting. nullopt where none is wholly there, where one is larger
    // than the window or out of form, and at an error or the end: nothing of it was read then, so
    // that another reader of the socket finds it as it came.
    [[nodiscard]] std::optional<Packet> next(int socket);

    // The socket is closed, or about to: its number may come back as another connection's.
    void forget();

  private:
    [[nodiscard]] std::optional<Packet> packet_at(std::size_t at) const;
    void look(int socket);
    void read_what_was_handed_out(int socket);

    std::array<char, 8192> bytes_{};
    std::size_t size_{};    // of what was looked at
    std::size_t handed_{};  // so much of it was handed out
    int socket_{-1};        // whose packets these are; -1: nobody's
};

}  // namespace relaypermit

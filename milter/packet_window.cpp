#include "milter/packet_window.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace relaypermit {

namespace {

// Of the protocol, as libmilter/mfdef.h names them. Macros have no answer, and a server that wants
// one to a header field waits for it before it sends more.
constexpr char command_macro = 'D';   // SMFIC_MACRO
constexpr char command_header = 'L';  // SMFIC_HEADER

// The length of what follows, which begins with the command.
constexpr std::size_t length_bytes = 4;

}  // namespace

std::optional<Packet> PacketWindow::packet_at(std::size_t at) const {
    if (size_ - at <= length_bytes) return std::nullopt;
    std::uint32_t raw = 0;
    std::memcpy(&raw, &bytes_[at], sizeof raw);
    const std::size_t length = ntohl(raw);
    if (length == 0 || length > size_ - at - length_bytes) return std::nullopt;
    return Packet{bytes_[at + length_bytes], {&bytes_[at + length_bytes] + 1, length - 1}};
}

void PacketWindow::look(int socket) {
    forget();
    ssize_t there = 0;
    do {
        there = ::recv(socket, bytes_.data(), bytes_.size(), MSG_PEEK | MSG_DONTWAIT);
    } while (there < 0 && errno == EINTR);
    if (there <= 0) return;
    socket_ = socket;
    size_ = static_cast<std::size_t>(there);
}

void PacketWindow::read_what_was_handed_out(int socket) {
    // Into the copy: it gets what it holds already.
    for (std::size_t done = 0; done < handed_;) {
        const ssize_t got = ::recv(socket, &bytes_[done], handed_ - done, MSG_DONTWAIT);
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (got == 0 || errno != EINTR) {
            // What was there is not: whatever comes now would be read twice, or in the middle.
            ::shutdown(socket, SHUT_RDWR);
            break;
        }
    }
    forget();
}

std::optional<Packet> PacketWindow::next(int socket) {
    if (socket != socket_) look(socket);
    const auto packet = packet_at(handed_);
    if (!packet) {
        forget();
        return std::nullopt;
    }
    handed_ += length_bytes + 1 + packet->data.size();
    const bool may_wait = packet->command == command_macro || packet->command == command_header;
    if (!may_wait || !packet_at(handed_)) read_what_was_handed_out(socket);
    return packet;
}

void PacketWindow::forget() {
    socket_ = -1;
    size_ = 0;
    handed_ = 0;
}

}  // namespace relaypermit
